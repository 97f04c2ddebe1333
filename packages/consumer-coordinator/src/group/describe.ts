import type { Group, GroupState } from "./group.ts";

/** A group as DescribeGroups shows it. */
export interface GroupDescription {
  readonly groupId: string;
  readonly state: GroupState;
  /** Empty when no member ever joined. */
  readonly protocolType: string;
  /** The assignor in use; empty unless the group is stable. */
  readonly protocolName: string;
  readonly members: readonly MemberDescription[];
}

/** A member as DescribeGroups shows it; metadata and assignment are empty unless the group is stable. */
export interface MemberDescription {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly metadata: Uint8Array;
  readonly assignment: Uint8Array;
}

/** Shows a group. Between generations nothing that is going to change is shown, as in Kafka. */
export function describeGroup(group: Group): GroupDescription {
  const { groupId, state, protocolType } = group;
  const isStable = state === "Stable";
  const none = new Uint8Array(0);
  const members = [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    instanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    metadata: isStable ? (member.protocols.find(({ name }) => name === group.protocolName)?.metadata ?? none) : none,
    assignment: isStable ? member.assignment : none,
  }));
  const protocolName = isStable ? (group.protocolName ?? "") : "";
  return { groupId, state, protocolType: protocolType ?? "", protocolName, members };
}

/** A group that does not exist, as DescribeGroups shows it. */
export function describeAbsentGroup(groupId: string): GroupDescription {
  return { groupId, state: "Dead", protocolType: "", protocolName: "", members: [] };
}

/** Type of every group here, in ListGroups (KIP-848). */
export const GROUP_TYPE = "classic";

/** True when a group passes the filters of ListGroups: no entry means all, case does not matter (KIP-518, KIP-848). */
export function matchesFilters(
  state: GroupState,
  filters: { readonly states: readonly string[]; readonly types: readonly string[] },
): boolean {
  const accepts = (wanted: readonly string[], actual: string): boolean =>
    wanted.length === 0 || wanted.some((each) => each.toLowerCase() === actual.toLowerCase());
  return accepts(filters.states, state) && accepts(filters.types, GROUP_TYPE);
}
