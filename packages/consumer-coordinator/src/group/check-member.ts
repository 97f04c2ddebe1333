import type { ErrorName } from "@streambed/protocol";
import type { Draft } from "./draft.ts";
import type { MemberReference } from "./event.ts";
import type { Member } from "./group.ts";

/** The member somebody claims to be, or why that is not so. */
export type CheckedMember =
  | { readonly ok: true; readonly member: Member }
  | { readonly ok: false; readonly error: ErrorName };

/**
 * Finds the member. A static member that was replaced is told so [82], so that two processes with the same instance id
 * do not both go on.
 */
export function checkMember(draft: Draft, reference: Omit<MemberReference, "generation">): CheckedMember {
  const { memberId, instanceId } = reference;
  if (instanceId !== null) {
    const holder = draft.staticMember(instanceId);
    if (holder === undefined) return { ok: false, error: "UNKNOWN_MEMBER_ID" };
    if (holder.memberId !== memberId) return { ok: false, error: "FENCED_INSTANCE_ID" };
    return { ok: true, member: holder };
  }
  const member = draft.members.get(memberId);
  return member === undefined ? { ok: false, error: "UNKNOWN_MEMBER_ID" } : { ok: true, member };
}

/** {@link checkMember}, and the generation has to be the current one. */
export function checkGeneration(draft: Draft, reference: MemberReference): CheckedMember {
  const checked = checkMember(draft, reference);
  if (checked.ok && reference.generation !== draft.generation) return { ok: false, error: "ILLEGAL_GENERATION" };
  return checked;
}
