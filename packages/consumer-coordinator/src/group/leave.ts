import type { ErrorName } from "@streambed/protocol";
import { checkMember } from "./check-member.ts";
import type { Draft } from "./draft.ts";
import type { LeaveEvent } from "./event.ts";
import { membershipChanged } from "./rebalance.ts";

/** LeaveGroup: each member gets its own result; one rebalance follows for all of them. */
export function leave(draft: Draft, { token, members }: LeaveEvent): void {
  if (draft.state === "Dead")
    return draft.reply(token, { kind: "leave", error: "COORDINATOR_NOT_AVAILABLE", members: [] });
  const left = members.map((member) => ({ ...member, error: takeOut(draft, member) }));
  draft.reply(token, { kind: "leave", error: "NONE", members: left });
  if (draft.state !== "Empty" && left.some(({ error }) => error === "NONE")) membershipChanged(draft);
}

function takeOut(draft: Draft, leaving: LeaveEvent["members"][number]): ErrorName {
  const { memberId, instanceId } = leaving;
  if (memberId === "") {
    // An administrator knows static members by their instance id only.
    const holder = instanceId === null ? undefined : draft.staticMember(instanceId);
    if (holder === undefined) return "UNKNOWN_MEMBER_ID";
    draft.remove(holder, "UNKNOWN_MEMBER_ID");
    return "NONE";
  }
  if (draft.pendingMembers.delete(memberId)) return "NONE";
  const checked = checkMember(draft, leaving);
  if (!checked.ok) return checked.error;
  draft.remove(checked.member, "UNKNOWN_MEMBER_ID");
  return "NONE";
}
