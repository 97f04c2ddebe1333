/** A member of a group as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string;
  /** `group.instance.id` of a static member; such members come first, so that a restart does not move partitions. */
  readonly groupInstanceId: string | null;
  /** Topics the member subscribes to. */
  readonly topics: readonly string[];
}

/** Partitions of one topic. */
export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** What each member gets, by member id. Every member has an entry, topics are in order of their names. */
export type GroupAssignment = ReadonlyMap<string, readonly TopicPartitions[]>;

/** Divides partitions among members; `partitionCounts` has the topics that exist. Pure and independent of input order. */
export type Assignor = (
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
) => GroupAssignment;

/**
 * Kafka's `range`: topic by topic, each member gets one contiguous run, and the first members get one more each when
 * the division leaves a rest. The same member numbers of two topics meet, so joins of equally partitioned topics work.
 */
export const rangeAssignor: Assignor = (members, partitionCounts) => {
  const assignment = new MutableAssignment(members);
  for (const topic of topicsInOrder(members, partitionCounts)) {
    const subscribers = assignment.members.filter(({ topics }) => topics.includes(topic));
    const partitions = partitionCounts.get(topic) ?? 0;
    const share = Math.floor(partitions / subscribers.length);
    const rest = partitions % subscribers.length;
    let next = 0;
    for (const [index, { memberId }] of subscribers.entries()) {
      const end = next + share + (index < rest ? 1 : 0);
      while (next < end) assignment.give(memberId, topic, next++);
    }
  }
  return assignment.finish();
};

/**
 * Kafka's `roundrobin`: all partitions of all topics in order, dealt to the members in turn; members that do not
 * subscribe to the topic are passed over.
 *
 * @example Members C1, C2 on t1, t2 with three partitions each: C1 has t1-0, t1-2, t2-1, and C2 t1-1, t2-0, t2-2.
 */
export const roundRobinAssignor: Assignor = (members, partitionCounts) => {
  const assignment = new MutableAssignment(members);
  const inTurn = assignment.members;
  let turn = 0;
  for (const topic of topicsInOrder(members, partitionCounts)) {
    const partitions = partitionCounts.get(topic) ?? 0;
    for (let partition = 0; partition < partitions; partition++) {
      // Somebody subscribes to the topic, or it would not be in the list, so the search ends.
      while (inTurn[turn % inTurn.length]?.topics.includes(topic) === false) turn++;
      const memberId = inTurn[turn++ % inTurn.length]?.memberId;
      if (memberId !== undefined) assignment.give(memberId, topic, partition);
    }
  }
  return assignment.finish();
};

/** Topics that exist and that somebody subscribes to, in the order of Java's strings (UTF-16 code units). */
function topicsInOrder(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): readonly string[] {
  const subscribed = new Set(members.flatMap(({ topics }) => topics));
  return [...subscribed].filter((topic) => (partitionCounts.get(topic) ?? 0) > 0).sort();
}

class MutableAssignment {
  /** In Kafka's order: static members by instance id, then the others by member id. */
  readonly members: readonly AssignorMember[];
  readonly #given: Map<string, Map<string, number[]>>;

  constructor(members: readonly AssignorMember[]) {
    this.members = [...members].sort(compareMembers);
    this.#given = new Map(members.map(({ memberId }) => [memberId, new Map()]));
  }

  give(memberId: string, topic: string, partition: number): void {
    const topics = this.#given.get(memberId);
    const partitions = topics?.get(topic);
    if (partitions === undefined) topics?.set(topic, [partition]);
    else partitions.push(partition);
  }

  finish(): GroupAssignment {
    const inOrder = [...this.#given].map(([memberId, topics]): [string, readonly TopicPartitions[]] => [
      memberId,
      [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    ]);
    return new Map(inOrder);
  }
}

function compareMembers(left: AssignorMember, right: AssignorMember): number {
  if (left.groupInstanceId !== null && right.groupInstanceId !== null)
    return compareText(left.groupInstanceId, right.groupInstanceId);
  if (left.groupInstanceId !== null) return -1;
  if (right.groupInstanceId !== null) return 1;
  return compareText(left.memberId, right.memberId);
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
