import { offsetTombstone } from "@streambed/consumer-coordinator";
import type { GroupOffsets, GroupRecord } from "@streambed/consumer-coordinator";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Result = ApiTypes["DeleteGroups"]["responseInput"]["results"][number];

/** DeleteGroups: groups without members, with their offsets. */
export const deleteGroupsHandler: AnyHandler = handler({
  name: "DeleteGroups",
  async handle({ groupsNames }, { broker }) {
    return {
      throttleTimeMs: 0,
      results: await Promise.all([...new Set(groupsNames)].map((groupId) => remove(broker, groupId))),
    };
  },
});

async function remove({ groups }: BrokerCore, groupId: string): Promise<Result> {
  const tombstones = tombstonesOf(groupId, groups.offsets(groupId));
  const { error } = await groups.request<"delete">(groupId, { kind: "delete", tombstones });
  return { groupId, errorCode: code(error), errorMessage: MESSAGES.get(error) ?? null };
}

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ["GROUP_ID_NOT_FOUND", "There is no such group."],
  ["NON_EMPTY_GROUP", "The group still has members; stop its consumers first."],
]);

function tombstonesOf(groupId: string, offsets: GroupOffsets): readonly GroupRecord[] {
  return [...offsets].flatMap(([topic, partitions]) =>
    [...partitions.keys()].map((partition) => offsetTombstone(groupId, { topic, partition })),
  );
}
