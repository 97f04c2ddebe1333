import type { BrokerRegistration, ClusterStatus, ClusterStatusQuery } from "@streambed/contracts";
import { messageOf, sleep, StreambedError } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import {
  FAREWELL_MS,
  REGISTRY_REFRESH_MS,
  RELEASE_MS_MAX,
  STOOD_STILL_MS,
  SUCCESSOR_WAIT_MS,
  TICK_MS,
} from "./limits.ts";
import type { PeerState } from "./liveness.ts";
import { PeerTable } from "./peer-table.ts";
import type { Peer } from "./peer.ts";
import type { Candidate } from "./placement.ts";
import type { PeerLink } from "./ports/peer-link.ts";
import type { ShardHandle } from "./ports/shard-handle.ts";
import type { Registry } from "./registry.ts";
import { ShardKeeper } from "./shard-keeper.ts";
import { StatusBoard } from "./status-board.ts";
import type { StatusFacts } from "./status-board.ts";

/** What a member of a cluster is made of. */
export interface ClusterMemberParts {
  /** This broker, as it is registered; see `joinCluster`. */
  readonly self: BrokerRegistration;
  readonly clusterId: string;
  readonly registry: Registry;
  readonly link: PeerLink;
  /** Logs by shard, opened for owned writing under this node id. */
  readonly shards: ReadonlyMap<number, ShardHandle>;
  /** Another broker speaks of a shard that is not open here: the cluster has grown. */
  readonly onUnknownShard?: () => void;
  /** False when the bucket has not answered for some time. */
  readonly isStoreHealthy: () => boolean;
  /** Another process has our node id: this one must end. */
  readonly onEvicted: (error: StreambedError) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** A broker of the cluster and what this process thinks of it. */
export interface MemberBroker {
  readonly registration: BrokerRegistration;
  readonly state: PeerState;
}

/**
 * One process of a cluster: knows the others, answers their questions, claims and releases shards. All of it is a hint
 * that keeps things fast; two members that both believe to own a shard cannot harm the log, because it decides itself.
 *
 * @example
 * const self = await joinCluster({ registry, link, clock, nodeId: undefined, self: endpoint });
 * const member = new ClusterMember({ self, registry, shards: new Map([[0, log]]), ... });
 * await member.start();
 */
export class ClusterMember {
  readonly self: BrokerRegistration;
  readonly #parts: ClusterMemberParts;
  readonly #peers: PeerTable;
  readonly #keepers: Map<number, ShardKeeper> = new Map();
  readonly #board: StatusBoard;
  readonly #listeners: Set<() => void> = new Set();
  readonly #stop = new AbortController();
  #started = false;
  #leaving = false;
  #wasHealthy = true;
  #lastTickMs: number;
  #refreshedMs: number;

  constructor(parts: ClusterMemberParts) {
    this.self = parts.self;
    this.#parts = parts;
    const { clock, shards } = parts;
    this.#lastTickMs = clock.elapsed();
    this.#refreshedMs = clock.elapsed();
    this.#peers = new PeerTable({ ...parts, onNews: (peer) => this.#onPeer(peer) });
    for (const [shard, handle] of shards) this.#keep(shard, handle);
    this.#board = new StatusBoard(parts.self, { clock, facts: () => this.#facts() });
  }

  /** Keeps a shard by which the cluster has grown. */
  addShard(shard: number, handle: ShardHandle): void {
    if (this.#keepers.has(shard) || this.#stop.signal.aborted) return;
    this.#keep(shard, handle);
    this.#onShards();
  }

  /** Reads the registry and begins to ask, answer and decide. Rejects with the store's error. */
  async start(): Promise<void> {
    await this.#peers.refresh();
    // Before all others are known, every owner would look like nobody.
    this.#started = true;
    this.#tick();
  }

  /** Answers another broker's question. `query.from` is a hint to look into the registry, nothing more. */
  status(query: ClusterStatusQuery, signal?: AbortSignal): Promise<ClusterStatus> {
    if (query.from !== undefined) this.#peers.heardOf(query.from, query.incarnation);
    return this.#board.answer(query, signal);
  }

  /** This broker and all others that are registered. */
  get brokers(): readonly MemberBroker[] {
    const others = [...this.#peers.peers].map(({ registration, liveness }) => ({
      registration,
      state: liveness.state,
    }));
    return [{ registration: this.self, state: "alive" as const }, ...others];
  }

  /** True while one of those that are registered has neither answered nor refused our first question. */
  get isAsking(): boolean {
    return [...this.#peers.peers].some(({ liveness: { state, refusals } }) => state === "unknown" && refusals === 0);
  }

  /** True while this process is taking the shard over. */
  isClaiming(shard: number): boolean {
    return this.#keepers.get(shard)?.isClaiming === true;
  }

  /** The living broker that says it leads the shard in a later epoch than we have folded, if one does. */
  newerLeader(shard: number): { readonly nodeId: number; readonly epoch: number } | undefined {
    const epoch = this.#keepers.get(shard)?.handle.ownership.epoch ?? 0;
    for (const { registration, status, liveness } of this.#peers.peers) {
      const says = status?.shards.find((each) => each.shard === shard);
      if (says?.leading === true && says.epoch > epoch && liveness.state === "alive")
        return { nodeId: registration.nodeId, epoch: says.epoch };
    }
    return undefined;
  }

  /** Cut off from the store and from all others: whatever this process owns, somebody else may own by now. */
  get isIsolated(): boolean {
    const others = [...this.#peers.peers];
    return others.length > 0 && !this.#hasOthers() && !this.#parts.isStoreHealthy();
  }

  /** Calls back after every change of brokers or ownership. Returns the function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Gives up all shards, waits a moment for successors, and another one in which clients are told where to go. Still
   * answers questions afterwards. Never rejects.
   */
  async leave(): Promise<void> {
    this.#leaving = true;
    this.#board.wake();
    const owned = [...this.#keepers.values()].filter(({ isLeading }) => isLeading);
    const released = Promise.all(owned.map((keeper) => keeper.release()));
    const enough = new AbortController();
    await Promise.race([released, sleep(this.#parts.clock, RELEASE_MS_MAX, enough.signal).catch(() => undefined)]);
    enough.abort();
    const untilMs = this.#parts.clock.elapsed() + SUCCESSOR_WAIT_MS;
    const isDone = (): boolean => owned.every(({ handle }) => handle.ownership.owner !== undefined);
    while (!isDone() && this.#hasOthers() && this.#parts.clock.elapsed() < untilMs) await sleep(this.#parts.clock, 20);
    // An answer names the successor; a connection that is cut instead costs each client a back-off.
    if (owned.length > 0 && isDone()) await sleep(this.#parts.clock, FAREWELL_MS);
  }

  /** Removes the registration and ends everything. Rejects with the store's error. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    this.#peers.stop();
    this.#board.close();
    for (const keeper of this.#keepers.values()) keeper.stop();
    await this.#parts.registry.remove(this.self);
  }

  #keep(shard: number, handle: ShardHandle): void {
    const onChange = (): void => this.#onShards();
    const onUnknownOwner = (nodeId: number): void => void this.#peers.lookUp(nodeId);
    const self = this.self.nodeId;
    const keeper = new ShardKeeper({ ...this.#parts, shard, handle, self, onChange, onUnknownOwner });
    this.#keepers.set(shard, keeper);
  }

  #hasOthers(): boolean {
    return [...this.#peers.peers].some(({ liveness, unfitSinceMs }) => {
      return liveness.state === "alive" && unfitSinceMs === undefined;
    });
  }

  #tick(): void {
    if (this.#stop.signal.aborted) return;
    const { clock, logger } = this.#parts;
    const nowMs = clock.elapsed();
    const sinceTickMs = nowMs - this.#lastTickMs;
    const stoodStill = sinceTickMs > TICK_MS + STOOD_STILL_MS;
    this.#lastTickMs = nowMs;
    if (stoodStill) {
      logger.log("warn", "process-stood-still", { ms: Math.round(sinceTickMs) });
      // Much may have happened: first see who owns what, and whether our place is still ours.
      for (const keeper of this.#keepers.values()) keeper.look(true);
      void this.#checkOwnRegistration();
    }
    for (const peer of this.#peers.peers) peer.note(stoodStill ? "we-stood-still" : "tick");
    if (nowMs - this.#refreshedMs >= REGISTRY_REFRESH_MS) void this.#refresh(nowMs);
    const isHealthy = this.#parts.isStoreHealthy();
    if (isHealthy !== this.#wasHealthy) {
      this.#wasHealthy = isHealthy;
      this.#board.wake();
      this.#changed();
    } else this.#reconsider();
    clock.schedule(TICK_MS, () => this.#tick());
  }

  async #refresh(nowMs: number): Promise<void> {
    this.#refreshedMs = nowMs;
    try {
      await this.#peers.refresh();
      await this.#checkOwnRegistration();
      if (this.#keepers.get(0)?.handle.ownership.isOurs === true) await this.#peers.removeDead();
    } catch (error) {
      this.#parts.logger.log("warn", "registry-unread", { error: messageOf(error) });
    }
  }

  /** Somebody may have removed our registration, or taken the node id while we were thought dead. Never rejects. */
  async #checkOwnRegistration(): Promise<void> {
    const { registry, onEvicted, logger } = this.#parts;
    try {
      const stored = await registry.read(this.self.nodeId);
      if (this.#leaving) return;
      if (stored === undefined) await registry.write(this.self);
      else if (stored.registration.incarnation !== this.self.incarnation) onEvicted(evicted(this.self.nodeId));
    } catch (error) {
      logger.log("warn", "registration-unread", { nodeId: this.self.nodeId, error: messageOf(error) });
    }
  }

  #onPeer(peer: Peer | undefined): void {
    for (const { shard, tailSeq } of peer?.status?.shards ?? []) {
      const handle = this.#keepers.get(shard)?.handle;
      if (handle === undefined) this.#parts.onUnknownShard?.();
      else if (tailSeq > handle.ownership.tailSeq) handle.noteTail(tailSeq);
    }
    this.#changed();
  }

  #onShards(): void {
    this.#board.wake();
    this.#changed();
  }

  #changed(): void {
    this.#reconsider();
    for (const listener of this.#listeners) listener();
  }

  #reconsider(): void {
    if (!this.#started || this.#leaving || this.#stop.signal.aborted) return;
    for (const keeper of this.#keepers.values()) keeper.reconsider(this.#candidates(keeper.shard));
  }

  #candidates(shard: number): ReadonlyMap<number, Candidate> {
    const { self } = this;
    const nowMs = this.#parts.clock.elapsed();
    const isUnfit = this.#leaving || !this.#parts.isStoreHealthy();
    const us: Candidate = {
      nodeId: self.nodeId,
      state: "alive",
      sinceMs: 0,
      heardMs: nowMs,
      cause: "silent",
      unfitSinceMs: isUnfit ? nowMs : undefined,
      says: undefined,
    };
    const others = [...this.#peers.peers].map(({ registration: { nodeId }, liveness, unfitSinceMs, status }) => {
      const says = status?.shards.find((each) => each.shard === shard);
      return { ...liveness, nodeId, unfitSinceMs, says };
    });
    // Without a registration there is no process that could still own something.
    const absent = [...this.#peers.absent].map(([nodeId, sinceMs]) => {
      return { nodeId, state: "dead", cause: "refused", sinceMs, heardMs: sinceMs, ...NOTHING_KNOWN } as const;
    });
    return new Map([...absent, us, ...others].map((candidate) => [candidate.nodeId, candidate]));
  }

  #facts(): StatusFacts {
    return {
      clusterId: this.#parts.clusterId,
      leaving: this.#leaving,
      storeHealthy: this.#parts.isStoreHealthy(),
      shards: [...this.#keepers.values()].map(({ shard, handle, isLeading }) => {
        const { epoch, tailSeq, owner } = handle.ownership;
        return { shard, epoch, tailSeq, owner: owner?.nodeId ?? null, leading: isLeading };
      }),
      brokers: this.brokers.map(({ registration: { nodeId, host, port }, state }) => ({ nodeId, host, port, state })),
    };
  }
}

const NOTHING_KNOWN = { unfitSinceMs: undefined, says: undefined } as const;

function evicted(nodeId: number): StreambedError {
  return new StreambedError({
    kind: "conflict",
    code: "NODE_ID_LOST",
    message: `Another broker has taken node id ${nodeId} while this one did not answer; start it again without --node-id.`,
  });
}
