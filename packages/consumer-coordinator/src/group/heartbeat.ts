import type { ErrorName } from "@streambed/protocol";
import { checkGeneration } from "./check-member.ts";
import type { Draft } from "./draft.ts";
import type { HeartbeatEvent } from "./event.ts";

/** Heartbeat: keeps the session alive, also while a rebalance asks the member to join again. */
export function heartbeat(draft: Draft, event: HeartbeatEvent): void {
  draft.reply(event.token, { kind: "heartbeat", error: judge(draft, event) });
}

function judge(draft: Draft, event: HeartbeatEvent): ErrorName {
  if (draft.state === "Dead") return "COORDINATOR_NOT_AVAILABLE";
  const checked = checkGeneration(draft, event);
  if (!checked.ok) return checked.error;
  draft.renew(checked.member.memberId);
  return draft.state === "PreparingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE";
}
