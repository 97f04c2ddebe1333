import type { ClusterBroker, ClusterView, ControllerLink, Leader, Role } from "@streambed/broker";
import type { ClusterMember, MemberBroker } from "@streambed/cluster-membership";
import type { Clock } from "@streambed/kernel";
import type { ShardLog } from "@streambed/log-storage";
import type { ShardedLog } from "@streambed/log-storage/sharded";

/** An owner whose last entry is younger than this is at work, even if it does not answer us, milliseconds. */
const AT_WORK_MS = 3_000;

/** What clients are told, taken anew whenever the membership or the log changes. */
interface Picture {
  readonly brokers: readonly ClusterBroker[];
  /** By number. */
  readonly shards: readonly Place[];
}

/** Who leads a shard, and what this broker is for it. */
interface Place {
  readonly leader: Leader;
  readonly role: Role;
}

/** Of a shard that is not open here yet. */
const UNKNOWN: Place = { leader: { nodeId: -1, epoch: 0 }, role: "follower" };

/** The cluster as a broker shows it to clients. */
export class MemberView implements ClusterView {
  controller: ControllerLink | undefined;
  readonly #member: ClusterMember;
  readonly #log: ShardedLog;
  readonly #listeners: Set<() => void> = new Set();
  readonly #clock: Clock;
  #picture: Picture;
  #drawn: string;

  constructor(member: ClusterMember, log: ShardedLog, clock: Clock) {
    this.#clock = clock;
    this.#member = member;
    this.#log = log;
    this.#picture = this.#take();
    this.#drawn = JSON.stringify(this.#picture);
    member.onChange(() => this.#refresh());
  }

  get brokers(): readonly ClusterBroker[] {
    return this.#picture.brokers;
  }

  get controllerId(): number {
    return (this.#picture.shards[0] ?? UNKNOWN).leader.nodeId;
  }

  leaderOf(topicId: string, partition: number): Leader {
    return this.#placeOf(topicId, partition).leader;
  }

  roleOf(topicId: string, partition: number): Role {
    return this.#placeOf(topicId, partition).role;
  }

  #placeOf(topicId: string, partition: number): Place {
    return this.#picture.shards[this.#log.shardOf(topicId, partition)] ?? UNKNOWN;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** News come with every answer of every broker; listeners hear of those that clients could notice. */
  #refresh(): void {
    this.#picture = this.#take();
    const drawn = JSON.stringify(this.#picture);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    for (const listener of this.#listeners) listener();
  }

  #take(): Picture {
    const { shards } = this.#log;
    const atWork = new Set(shards.flatMap((shard) => this.#ownerAtWork(shard) ?? []));
    const isThere = ({ registration, state }: MemberBroker): boolean =>
      state === "alive" || state === "suspect" || atWork.has(registration.nodeId);
    const brokers = this.#member.brokers
      .filter(isThere)
      .map(({ registration: { nodeId, host, port, rack } }) => ({ nodeId, host, port, rack }));
    return { brokers, shards: shards.map((shard, number) => this.#look(shard, number, brokers)) };
  }

  /** Out of our sight, but not of its clients': its log grows. */
  #ownerAtWork({ ownership: { owner, lastEntryElapsedMs } }: ShardLog): number | undefined {
    return this.#clock.elapsed() - lastEntryElapsedMs < AT_WORK_MS ? owner?.nodeId : undefined;
  }

  #look({ ownership }: ShardLog, number: number, brokers: readonly ClusterBroker[]): Place {
    const { epoch, owner, isOurs } = ownership;
    const newer = this.#member.newerLeader(number);
    if (newer !== undefined) return { leader: newer, role: "follower" };
    const self = this.#member.self.nodeId;
    if (isOurs && this.#member.isIsolated) return { leader: { nodeId: -1, epoch }, role: "follower" };
    if (isOurs) return { leader: { nodeId: self, epoch }, role: "leader" };
    const role = this.#member.isClaiming(number) ? "becoming" : "follower";
    // Under our own number: we are giving it up, or a predecessor of this process died with it.
    const leads = owner !== undefined && owner.nodeId !== self && brokers.some(({ nodeId }) => nodeId === owner.nodeId);
    return { leader: { nodeId: leads ? owner.nodeId : -1, epoch }, role };
  }
}
