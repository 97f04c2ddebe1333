import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { groupsDelete } from "./groups-delete.ts";
import { groupsDescribe } from "./groups-describe.ts";
import { groupsList } from "./groups-list.ts";
import { groupsResetOffsets } from "./groups-reset-offsets.ts";

/** `streambed groups …` */
export function groups(context: CliContext): Command {
  return new Command("groups")
    .description("look after consumer groups and their offsets")
    .addCommand(groupsList(context))
    .addCommand(groupsDescribe(context))
    .addCommand(groupsResetOffsets(context))
    .addCommand(groupsDelete(context));
}
