import type { ErrorName } from "@streambed/protocol";
import { WRITES_IN_FLIGHT_MAX } from "../limits.ts";
import { checkMember } from "./check-member.ts";
import type { Draft } from "./draft.ts";
import type { CommitEvent } from "./event.ts";
import type { PlainReply } from "./reply.ts";

/** OffsetCommit: the answer comes when the offsets are durable. */
export function commit(draft: Draft, event: CommitEvent): void {
  const { token, records, memberId } = event;
  const error = refusal(draft, event);
  if (error !== undefined) return draft.reply(token, commitReply(error));
  if (draft.state !== "Empty") draft.renew(memberId);
  if (records.length === 0) return draft.reply(token, commitReply("NONE"));
  draft.append(records, {
    kind: "reply",
    durable: [{ token, reply: commitReply("NONE") }],
    failed: [{ token, reply: commitReply("COORDINATOR_NOT_AVAILABLE") }],
  });
}

function refusal(draft: Draft, event: CommitEvent): ErrorName | undefined {
  const { generation, memberId, instanceId } = event;
  if (draft.state === "Dead") return "COORDINATOR_NOT_AVAILABLE";
  if (draft.writes.size >= WRITES_IN_FLIGHT_MAX) return "COORDINATOR_NOT_AVAILABLE";
  // An administrator, or a consumer that was assigned its partitions by hand: only while there are no members.
  if (generation < 0 && draft.state === "Empty") return undefined;
  if (generation < 0 && memberId === "" && instanceId === null) return "UNKNOWN_MEMBER_ID";
  const checked = checkMember(draft, event);
  if (!checked.ok) return checked.error;
  if (generation !== draft.generation) return "ILLEGAL_GENERATION";
  // The member has not seen its new assignment yet, so it cannot know what it may commit.
  return draft.state === "CompletingRebalance" ? "REBALANCE_IN_PROGRESS" : undefined;
}

function commitReply(error: ErrorName): PlainReply<"commit"> {
  return { kind: "commit", error };
}
