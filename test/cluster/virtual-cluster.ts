import { createClient } from "@streambed/client";
import type { Client, Transport } from "@streambed/client";
import type { PeerLink } from "@streambed/cluster-membership";
import { defaultCodecs } from "@streambed/protocol";
import { inProcessTransport } from "@streambed/broker";
import { seededRandom, silentLogger, silentMeter, StreambedError } from "@streambed/kernel";
import type { Clock } from "@streambed/kernel";
import { openCluster } from "@streambed/log-storage";
import type { ObjectStore, ShardLog } from "@streambed/log-storage";
import { memoryStore } from "@streambed/store-memory";
import { openClusterBroker } from "../../apps/server/src/cluster/open-cluster-broker.ts";
import type { ClusterBroker } from "../../apps/server/src/cluster/open-cluster-broker.ts";
import { VirtualClock } from "../broker/virtual-clock.ts";
import { kafkaSession } from "../broker/kafka-session.ts";
import type { KafkaSession } from "../broker/kafka-session.ts";

const CLUSTER_ID = "virtual-cluster-000001";

/** What may go wrong with a process. */
type Condition = "up" | "killed" | "frozen";

/** A broker of a virtual cluster. */
export interface VirtualNode {
  readonly name: string;
  readonly nodeId: number;
  readonly open: ClusterBroker;
  readonly session: KafkaSession;
  /** The process is gone: nothing leaves it any more and connections to it are refused. */
  kill(): void;
  /** The process stands still (SIGSTOP) until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Requests to the store hang until it is reconnected. */
  cutStore(): void;
  reconnectStore(): void;
  /** True while its own log says that it owns shard 0. */
  readonly isOwner: boolean;
  /** True while it lives and its own log says that it owns the shard. */
  owns(shard: number): boolean;
}

/** Several brokers in this process, on one store and one virtual clock. */
export class VirtualCluster {
  readonly clock: VirtualClock = new VirtualClock();
  readonly nodes: VirtualNode[] = [];
  /** Requests that reached the store, by verb. */
  readonly requests: Map<string, number> = new Map();
  /** Pairs of names that do not reach each other, as `a>b`. */
  readonly walls: Set<string> = new Set();
  readonly ended: StreambedError[] = [];
  readonly #store: ObjectStore;
  #shards = 1;
  readonly #machines: Map<string, Machine> = new Map();

  constructor() {
    this.#store = memoryStore({ clock: this.clock });
    // The probe of a store's health looks for it.
    void this.grow(1);
  }

  /** Makes it a cluster of so many shards; brokers that run do not hear of it from here. */
  async grow(shards: number): Promise<void> {
    this.#shards = (await openCluster(this.#store, seededRandom(11), { shards })).shards;
  }

  /** Starts a broker; time passes until it is ready. */
  async start(name: string, wanted: { readonly nodeId?: number } = {}): Promise<VirtualNode> {
    const machine = new Machine(this.clock);
    this.#machines.set(name, machine);
    const transport = this.#transportOf(name);
    const opening = openClusterBroker(
      {
        store: machine.wrap(this.#counted()),
        clusterId: CLUSTER_ID,
        shards: this.#shards,
        codecs: defaultCodecs,
        nodeId: wanted.nodeId,
        incarnation: `${name}-${this.clock.elapsed()}`,
        address: { host: name, port: 9092 },
        httpUrl: `http://${name}:8082`,
        version: "test",
        settings: { groupInitialRebalanceDelayMs: 0, offsetsTopicNumPartitions: 4 },
        writePath: {},
        meter: silentMeter,
        link: this.#linkOf(name),
        transport,
        clock: machine.clock,
        random: seededRandom(this.#machines.size * 7),
        logger: silentLogger,
        onMustEnd: (error) => this.ended.push(error),
      },
      (member) => void (machine.member = member),
    );
    const open = await this.until(opening);
    machine.open = open;
    const node = machine.asNode(name, open);
    this.nodes.push(node);
    return node;
  }

  /** Waits for work that needs time, moving it. */
  async until<T>(work: Promise<T>, limitMs = 60_000): Promise<T> {
    const progress = { settled: false };
    const done = work.finally(() => {
      progress.settled = true;
    });
    done.catch(() => undefined);
    for (let passedMs = 0; !progress.settled && passedMs < limitMs; passedMs += 10) await this.clock.advance(10);
    return done;
  }

  /** Moves time until something holds; resolves with how long that took, milliseconds. */
  async untilTrue(holds: () => boolean, limitMs = 60_000): Promise<number> {
    const startMs = this.clock.elapsed();
    while (!holds()) {
      if (this.clock.elapsed() - startMs > limitMs) throw new Error(`does not hold after ${limitMs} ms`);
      await this.clock.advance(10);
    }
    return this.clock.elapsed() - startMs;
  }

  /** Those that own the shard in the newest epoch that any of them knows. */
  get owner(): VirtualNode | undefined {
    const owners = this.nodes.filter((node) => node.isOwner);
    return owners.toSorted((left, right) => epochOf(right) - epochOf(left))[0];
  }

  /** A client outside of the cluster that knows all brokers. */
  connect(): Client {
    return createClient({
      transport: this.#transportOf("outside"),
      bootstrap: [...this.#machines.keys()].map((host) => ({ host, port: 9092 })),
      clock: this.clock,
      random: seededRandom(3),
      requestTimeoutMs: 2_000,
    });
  }

  #transportOf(from: string): Transport {
    return {
      connect: async ({ host }, signal) => {
        const to = this.#machines.get(host);
        if (to?.open === undefined || to.condition === "killed") throw refused();
        if (to.condition === "frozen" || this.walls.has(`${from}>${host}`)) await never(signal);
        const connection = await inProcessTransport(to.open.broker).connect({ host, port: 0 });
        to.connections.add(connection);
        return {
          ...connection,
          send: async (frame, options) => {
            const answer = await connection.send(frame, options);
            await to.running();
            return answer;
          },
        };
      },
    };
  }

  #linkOf(from: string): PeerLink {
    return {
      ask: async ({ host }, query, signal) => {
        await this.#machines.get(from)?.running();
        const to = this.#machines.get(host);
        const silence = never(signal).catch(() => ({ kind: "failed", reason: "no answer" }) as const);
        if (to === undefined || to.condition === "killed") return { kind: "refused" };
        if (this.walls.has(`${from}>${host}`) || to.condition === "frozen") return silence;
        if (to.member === undefined) return { kind: "starting", incarnation: "?" };
        const answering = to.member.status(query, signal).then(async (status) => {
          await to.running();
          return { kind: "answered", status } as const;
        });
        return Promise.race([answering, silence]);
      },
    };
  }

  #counted(): ObjectStore {
    const count = <Args extends unknown[], Result>(verb: string, call: (...args: Args) => Result) => {
      return (...args: Args): Result => {
        this.requests.set(verb, (this.requests.get(verb) ?? 0) + 1);
        return call(...args);
      };
    };
    const store = this.#store;
    return {
      description: store.description,
      get: count("get", (...args: Parameters<ObjectStore["get"]>) => store.get(...args)),
      head: count("head", (...args: Parameters<ObjectStore["head"]>) => store.head(...args)),
      put: count("put", (...args: Parameters<ObjectStore["put"]>) => store.put(...args)),
      list: count("list", (...args: Parameters<ObjectStore["list"]>) => store.list(...args)),
      delete: count("delete", (...args: Parameters<ObjectStore["delete"]>) => store.delete(...args)),
    };
  }
}

/** A process with everything that ties it to the world. */
class Machine {
  condition: Condition = "up";
  member: ClusterBroker["member"] | undefined;
  open: ClusterBroker | undefined;
  readonly clock: Clock;
  readonly connections: Set<{ close(): void }> = new Set();
  #isCut = false;
  #wake: Set<() => void> = new Set();

  constructor(clock: VirtualClock) {
    this.clock = {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      schedule: (ms, run) => {
        let cancelled = false;
        const cancel = clock.schedule(ms, () => void this.running().then(() => (cancelled ? undefined : run())));
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  /** Resolves when the process runs: at once, when it is thawed, or never. */
  running(): Promise<void> {
    return this.#until(() => this.condition === "up");
  }

  wrap(store: ObjectStore): ObjectStore {
    const through = async <T>(call: () => Promise<T>): Promise<T> => {
      await this.#until(() => !this.#isCut && this.condition === "up");
      const answer = await call();
      await this.#until(() => !this.#isCut && this.condition === "up");
      return answer;
    };
    return {
      description: store.description,
      get: (key, options) => through(() => store.get(key, options)),
      head: (key) => through(() => store.head(key)),
      put: (key, body, options) => through(() => store.put(key, body, options)),
      list: (options) => through(() => store.list(options)),
      delete: (keys) => through(() => store.delete(keys)),
    };
  }

  asNode(name: string, open: ClusterBroker): VirtualNode {
    const become = (condition: Condition): void => {
      this.condition = condition;
      if (condition === "killed") for (const connection of this.connections) connection.close();
      this.#look();
    };
    const cut = (isCut: boolean): void => {
      this.#isCut = isCut;
      this.#look();
    };
    const isAlive = (): boolean => this.condition !== "killed";
    return {
      name,
      nodeId: open.member.self.nodeId,
      open,
      session: kafkaSession(open.broker),
      kill: () => become("killed"),
      freeze: () => become("frozen"),
      thaw: () => become("up"),
      cutStore: () => cut(true),
      reconnectStore: () => cut(false),
      owns: (shard) => isAlive() && open.shards[shard]?.ownership.isOurs === true,
      get isOwner() {
        return isAlive() && homeOf(open).ownership.isOurs;
      },
    };
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wake.add(resolve));
  }

  #look(): void {
    const waiting = this.#wake;
    this.#wake = new Set();
    for (const wake of waiting) wake();
  }
}

function epochOf({ open }: VirtualNode): number {
  return homeOf(open).ownership.epoch;
}

/** Shard 0 as a broker sees it. */
export function homeOf({ shards: [home] }: Pick<ClusterBroker, "shards">): ShardLog {
  if (home === undefined) throw new Error("a broker has a shard 0");
  return home;
}

function never(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason as Error);
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function refused(): StreambedError {
  return new StreambedError({ kind: "unavailable", code: "CONNECTION_REFUSED", message: "Nobody listens there." });
}
