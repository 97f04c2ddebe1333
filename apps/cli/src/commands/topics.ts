import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { topicsAlter } from "./topics-alter.ts";
import { topicsCreate } from "./topics-create.ts";
import { topicsDelete } from "./topics-delete.ts";
import { topicsDescribe } from "./topics-describe.ts";
import { topicsList } from "./topics-list.ts";
import { topicsTrimPrefix } from "./topics-trim-prefix.ts";

/** `streambed topics …` */
export function topics(context: CliContext): Command {
  return new Command("topics")
    .description("list, create, describe, change, trim and delete topics")
    .addCommand(topicsList(context))
    .addCommand(topicsCreate(context))
    .addCommand(topicsDescribe(context))
    .addCommand(topicsAlter(context))
    .addCommand(topicsTrimPrefix(context))
    .addCommand(topicsDelete(context));
}
