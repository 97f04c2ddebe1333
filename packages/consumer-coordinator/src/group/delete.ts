import type { ErrorName } from "@streambed/protocol";
import type { Draft } from "./draft.ts";
import type { DeleteEvent, OffsetDeleteEvent } from "./event.ts";
import { groupTombstone } from "./group-record.ts";
import type { Token, Write } from "./group.ts";
import type { OffsetDeleteReply } from "./reply.ts";
import { subscribesTo } from "./subscribed-topics.ts";

/** DeleteGroups: only an empty group; its offsets go with it. */
export function deleteGroup(draft: Draft, { token, tombstones }: DeleteEvent): void {
  const error = refusal(draft);
  if (error !== undefined) return answer(draft, token, error);
  draft.enter("Dead");
  draft.append([...tombstones, groupTombstone(draft.groupId)], { kind: "delete", token });
}

/** The tombstones are durable, or the group lives on. */
export function deletionWritten(draft: Draft, { token }: Extract<Write, { kind: "delete" }>, isDurable: boolean): void {
  if (!isDurable) draft.enter("Empty");
  answer(draft, token, isDurable ? "NONE" : "COORDINATOR_NOT_AVAILABLE");
}

/** OffsetDelete: offsets of topics that members subscribe to are kept. */
export function deleteOffsets(draft: Draft, { token, topics }: OffsetDeleteEvent): void {
  const reply = (error: ErrorName, subscribedTopics: readonly string[] = []): OffsetDeleteReply => ({
    kind: "offset-delete",
    error,
    subscribedTopics,
  });
  if (draft.state === "Dead") return draft.reply(token, reply("GROUP_ID_NOT_FOUND"));
  // Who knows what members of another protocol type read.
  if (draft.state !== "Empty" && draft.protocolType !== "consumer") return draft.reply(token, reply("NON_EMPTY_GROUP"));
  const subscribed = topics.map(({ topic }) => topic).filter((topic) => subscribesTo(draft, topic));
  const tombstones = topics.flatMap(({ topic, tombstones: records }) => (subscribed.includes(topic) ? [] : records));
  if (tombstones.length === 0) return draft.reply(token, reply("NONE", subscribed));
  draft.append(tombstones, {
    kind: "reply",
    durable: [{ token, reply: reply("NONE", subscribed) }],
    failed: [{ token, reply: reply("COORDINATOR_NOT_AVAILABLE") }],
  });
}

function refusal(draft: Draft): ErrorName | undefined {
  if (draft.state === "Dead") return "GROUP_ID_NOT_FOUND";
  if (draft.state !== "Empty") return "NON_EMPTY_GROUP";
  // A commit on its way would outlive the group; the caller comes again.
  return draft.writes.size > 0 ? "COORDINATOR_LOAD_IN_PROGRESS" : undefined;
}

function answer(draft: Draft, token: Token | null, error: ErrorName): void {
  if (token !== null) draft.reply(token, { kind: "delete", error });
}
