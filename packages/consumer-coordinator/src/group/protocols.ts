import { equalBytes } from "@streambed/kernel";
import type { Draft } from "./draft.ts";
import type { Member, Protocol } from "./group.ts";

/** True when somebody who offers `protocols` can join: something is left that everybody supports. */
export function supportsProtocols(draft: Draft, protocolType: string, protocols: readonly Protocol[]): boolean {
  if (protocolType === "" || protocols.length === 0) return false;
  if (draft.members.size === 0) return true;
  if (draft.protocolType !== protocolType) return false;
  const common = commonProtocols(draft.members.values());
  return protocols.some(({ name }) => common.has(name));
}

/**
 * The protocol that most members like best among those all support. Equal votes go to the one that was voted for
 * first. Undefined when there is none in common.
 */
export function selectProtocol(draft: Draft): string | undefined {
  const common = commonProtocols(draft.members.values());
  const votes = new Map<string, number>();
  for (const { protocols } of draft.members.values()) {
    const favourite = protocols.find(({ name }) => common.has(name))?.name;
    if (favourite !== undefined) votes.set(favourite, (votes.get(favourite) ?? 0) + 1);
  }
  let winner: string | undefined;
  for (const [name, count] of votes) if (winner === undefined || count > (votes.get(winner) ?? 0)) winner = name;
  return winner;
}

/** True when the member offers exactly what it offered before, in the same order. */
export function sameProtocols(member: Member, protocols: readonly Protocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    protocols.every(({ name, metadata }, index) => {
      const before = member.protocols[index];
      return before !== undefined && before.name === name && equalBytes(before.metadata, metadata);
    })
  );
}

function commonProtocols(members: Iterable<Member>): ReadonlySet<string> {
  let common: Set<string> | undefined;
  for (const { protocols } of members) {
    const names = protocols.map(({ name }) => name);
    const before = common;
    common = new Set(before === undefined ? names : names.filter((name) => before.has(name)));
  }
  return common ?? new Set();
}
