import type { ClusterBroker, ClusterView, ControllerLink, Leader, Role } from "@streambed/broker";
import type { ClusterMember, MemberBroker } from "@streambed/cluster-membership";
import type { Clock } from "@streambed/kernel";
import type { ShardLog } from "@streambed/log-storage";

/** The shard of every partition, as long as a cluster has one. */
const ONLY_SHARD = 0;
/** An owner whose last entry is younger than this is at work, even if it does not answer us, milliseconds. */
const AT_WORK_MS = 3_000;

/** What clients are told, taken anew whenever the membership or the log changes. */
interface Picture {
  readonly brokers: readonly ClusterBroker[];
  readonly leader: Leader;
  readonly role: Role;
}

/** The cluster as a broker shows it to clients. */
export class MemberView implements ClusterView {
  controller: ControllerLink | undefined;
  readonly #member: ClusterMember;
  readonly #log: ShardLog;
  readonly #listeners: Set<() => void> = new Set();
  readonly #clock: Clock;
  #picture: Picture;
  #drawn: string;

  constructor(member: ClusterMember, log: ShardLog, clock: Clock) {
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
    return this.#picture.leader.nodeId;
  }

  leaderOf(): Leader {
    return this.#picture.leader;
  }

  roleOf(): Role {
    return this.#picture.role;
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
    const { epoch, owner, isOurs, lastEntryElapsedMs } = this.#log.ownership;
    // Out of our sight, but not of its clients': its log grows.
    const isAtWork = this.#clock.elapsed() - lastEntryElapsedMs < AT_WORK_MS;
    const isThere = ({ registration, state }: MemberBroker): boolean =>
      state === "alive" || state === "suspect" || (isAtWork && registration.nodeId === owner?.nodeId);
    const brokers = this.#member.brokers
      .filter(isThere)
      .map(({ registration: { nodeId, host, port, rack } }) => ({ nodeId, host, port, rack }));
    const newer = this.#member.newerLeader(ONLY_SHARD);
    if (newer !== undefined) return { brokers, leader: newer, role: "follower" };
    const self = this.#member.self.nodeId;
    if (isOurs && this.#member.isIsolated) return { brokers, leader: { nodeId: -1, epoch }, role: "follower" };
    if (isOurs) return { brokers, leader: { nodeId: self, epoch }, role: "leader" };
    const role = this.#member.isClaiming(ONLY_SHARD) ? "becoming" : "follower";
    // Under our own number: we are giving it up, or a predecessor of this process died with it.
    const leads = owner !== undefined && owner.nodeId !== self && brokers.some(({ nodeId }) => nodeId === owner.nodeId);
    return { brokers, leader: { nodeId: leads ? owner.nodeId : -1, epoch }, role };
  }
}
