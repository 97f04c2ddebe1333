import type { AssignorName } from "../consumer-types.ts";
import type { TopicPartition } from "../types.ts";

/** A member and what it subscribes to. */
export interface MemberSubscription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
}

/** Partitions of each member, by member id; every member has an entry. */
export type Assignments = ReadonlyMap<string, readonly TopicPartition[]>;

type Assign = (members: readonly MemberSubscription[], partitionCounts: ReadonlyMap<string, number>) => Assignments;

/** Kafka's built-in assignors, so that all clients of a group get the same result. */
export const ASSIGNORS: { readonly [name in AssignorName]: Assign } = {
  range: assignRange,
  roundrobin: assignRoundRobin,
};

/**
 * Topic by topic, members in order get consecutive partitions; the first ones get one more when it does not come out even.
 *
 * @example two members, topics a and b with three partitions each: {a-0, a-1, b-0, b-1} and {a-2, b-2}
 */
function assignRange(
  members: readonly MemberSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignments {
  const assignments = emptyAssignments(members);
  for (const [topic, count] of partitionCounts) {
    const readers = sorted(members.filter(({ topics }) => topics.includes(topic)));
    const share = Math.floor(count / Math.max(1, readers.length));
    const withOneMore = count - share * readers.length;
    let next = 0;
    readers.forEach(({ memberId }, position) => {
      const end = next + share + (position < withOneMore ? 1 : 0);
      for (; next < end; next++) assignments.get(memberId)?.push({ topic, partition: next });
    });
  }
  return assignments;
}

/**
 * All partitions in order of topic and number, dealt to the members in turn; a member is passed over for topics
 * it does not read.
 *
 * @example two members, topics t0 and t1 with three partitions each: {t0-0, t0-2, t1-1} and {t0-1, t1-0, t1-2}
 */
function assignRoundRobin(
  members: readonly MemberSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignments {
  const assignments = emptyAssignments(members);
  const circle = sorted(members);
  let turn = 0;
  for (const [topic, count] of [...partitionCounts].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (!circle.some(({ topics }) => topics.includes(topic))) continue;
    for (let partition = 0; partition < count; partition++) {
      while (circle[turn % circle.length]?.topics.includes(topic) !== true) turn++;
      const member = circle[turn++ % circle.length];
      if (member !== undefined) assignments.get(member.memberId)?.push({ topic, partition });
    }
  }
  return assignments;
}

function emptyAssignments(members: readonly MemberSubscription[]): Map<string, TopicPartition[]> {
  return new Map(members.map(({ memberId }) => [memberId, []]));
}

/** Kafka's order: static members by instance id first, then the others by member id. */
function sorted(members: readonly MemberSubscription[]): readonly MemberSubscription[] {
  return [...members].sort((left, right) => {
    if (left.groupInstanceId !== null && right.groupInstanceId !== null) {
      return left.groupInstanceId < right.groupInstanceId ? -1 : 1;
    }
    if (left.groupInstanceId !== null) return -1;
    if (right.groupInstanceId !== null) return 1;
    return left.memberId < right.memberId ? -1 : 1;
  });
}
