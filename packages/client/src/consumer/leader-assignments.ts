import {
  type Assignor,
  type AssignorMember,
  decodeSubscription,
  encodeAssignment,
  type JoinGroupResponse,
  rangeAssignor,
  roundRobinAssignor,
} from "@streambed/protocol";
import type { Cluster } from "../cluster/cluster.ts";
import type { AssignorName } from "../consumer-types.ts";
import { namedError } from "../errors.ts";

/** Kafka's built-in assignors under the names that members agree on. */
const ASSIGNORS: Readonly<Record<AssignorName, Assignor>> = { range: rangeAssignor, roundrobin: roundRobinAssignor };

/** What the leader of a group works out. */
export interface LeaderWork {
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
  /** Partitions of every topic the members read; 0 for topics that do not exist. */
  readonly watched: ReadonlyMap<string, number>;
}

/** Assigns the partitions of all topics the members read with the assignor the group agreed on. */
export async function leaderAssignments(
  cluster: Cluster,
  joined: JoinGroupResponse,
  options: CountOptions,
): Promise<LeaderWork> {
  const members = joined.members.map(({ memberId, groupInstanceId, metadata }): AssignorMember => {
    return { memberId, groupInstanceId, topics: decodeSubscription(metadata).topics };
  });
  const names = [...new Set(members.flatMap(({ topics }) => topics))].sort();
  const watched = await partitionCounts(cluster, names, options);
  const assign = Object.entries(ASSIGNORS).find(([name]) => name === joined.protocolName)?.[1];
  if (assign === undefined) {
    const detail = `the group chose ${joined.protocolName ?? "nothing"}`;
    throw namedError("INCONSISTENT_GROUP_PROTOCOL", "Assigning partitions", detail);
  }
  const existing = new Map([...watched].filter(([, count]) => count > 0));
  const assignments = [...assign(members, existing)].map(([memberId, assignedPartitions]) => ({
    memberId,
    assignment: encodeAssignment({ assignedPartitions }),
  }));
  return { assignments, watched };
}

/** How to count. */
export interface CountOptions {
  readonly allowAutoTopicCreation: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Fresh numbers of partitions, 0 for topics that do not exist. */
export async function partitionCounts(
  cluster: Cluster,
  names: readonly string[],
  options: CountOptions,
): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map();
  const { signal, allowAutoTopicCreation } = options;
  const limit = { timeoutMs: cluster.settings.defaultApiTimeoutMs, signal };
  const lookups = await cluster.retrying("Metadata of the group's topics", limit, () =>
    cluster.lookUp({ topics: names, allowAutoTopicCreation }),
  );
  return new Map(
    lookups.map((lookup) => (lookup.ok ? [lookup.topic.name, lookup.topic.partitions.length] : [lookup.name, 0])),
  );
}
