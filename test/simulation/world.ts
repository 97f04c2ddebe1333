import type { HousekeepingSettings, ShardLogOptions } from "@streambed/log-storage";
import type { Guards } from "@streambed/log-storage";
import { Attempts } from "./attempts.ts";
import { Bucket } from "./bucket.ts";
import type { BucketSettings } from "./bucket.ts";
import { Checker } from "./checker.ts";
import type { Dice } from "./dice.ts";
import { NO_FAULTS } from "./faults.ts";
import { checkDeletion, checkFloor, checkInstalls } from "./reachability.ts";
import { Reference } from "./reference.ts";
import { SimulatedBroker } from "./simulated-broker.ts";
import type { StoreNetwork } from "./store-link.ts";
import { Trace } from "./trace.ts";
import { VirtualTime } from "./virtual-time.ts";

/** What a schedule fixes before it begins. */
export interface WorldSettings {
  readonly brokers: number;
  /** Brokers claim the shard before they write; otherwise all write. */
  readonly isOwned: boolean;
  readonly guards: Guards;
  readonly bucket: BucketSettings;
  /** What the brokers' logs are opened with. */
  readonly log: Omit<ShardLogOptions, "store" | "modules" | "clock" | "random" | "logger" | "meter">;
  /** Reads may be truncated or have a wrong bit: a log may then call itself damaged. */
  readonly spoilsReads: boolean;
  /** Undefined: nobody keeps house. */
  readonly housekeeping: Partial<HousekeepingSettings> | undefined;
  /** An operator deletes entries by hand: then it must. */
  readonly operatorDeletes: boolean;
  /** How long sleeping requests and long pauses last, milliseconds. */
  readonly naps: readonly number[];
  /** How many pauses and partitions are that long, 0 to 1. */
  readonly longPauses: number;
  /** How long housekeeping waits between two rounds, milliseconds. */
  readonly roundNaps: readonly number[];
  /** How long clients nap between two requests, milliseconds, and how often, 0 to 1. */
  readonly clientNaps: readonly number[];
  readonly napRate: number;
  /** How many writes of log entries sleep, 0 to 1, besides what the faults do. */
  readonly sleepyWrites: number;
  /** Days of housekeeping at the end, until nothing useless is in the bucket. */
  readonly tidiesUp: boolean;
}

/** Everything there is in one schedule. */
export class World {
  readonly settings: WorldSettings;
  readonly dice: Dice;
  readonly time: VirtualTime = new VirtualTime();
  readonly trace: Trace;
  readonly checker: Checker;
  readonly attempts: Attempts = new Attempts();
  readonly bucket: Bucket;
  readonly network: StoreNetwork;
  readonly reference: Reference;
  /** All processes that were ever started. */
  readonly processes: SimulatedBroker[] = [];
  /** Producer ids that were given out. */
  readonly producerIds: Set<number> = new Set();
  /** Topics that somebody may delete. */
  readonly deletable: Set<string> = new Set();
  /** Before and after the trouble: no faults, no naps. */
  isCalm: boolean = true;
  producersAreDone: boolean = false;
  /** Only final checks go on: nobody restarts, nobody else keeps house. */
  isOver: boolean = false;
  readonly #napping = new Set<() => void>();

  constructor(settings: WorldSettings, dice: Dice, keepsTrace: boolean) {
    this.settings = settings;
    this.dice = dice;
    this.trace = new Trace(() => this.time.nowMs, keepsTrace);
    this.checker = new Checker(this.trace);
    this.bucket = new Bucket(settings.bucket, this.time);
    const { attempts, checker, trace } = this;
    this.reference = new Reference({ attempts, checker, trace, guards: settings.guards, isOwned: settings.isOwned });
    const storeDice = dice.fork();
    this.reference.onValidEntry = (entry) => checkInstalls(entry, this.bucket, this.reference, checker);
    this.network = {
      bucket: this.bucket,
      time: this.time,
      dice: storeDice,
      trace,
      faults: NO_FAULTS,
      underWay: 0,
      sleepyWrites: settings.sleepyWrites,
      sleepMs: () => storeDice.pick(settings.naps) * storeDice.between(0.8, 1.3),
      onChangedBody: (key, etag) => this.reference.onChangedBody(key, etag),
    };
    this.bucket.observer = {
      written: (object) => {
        if (object.key.startsWith("log/")) this.reference.onLogObject(object);
        if (object.key.startsWith("ptr/")) checkFloor(this.bucket, this.reference, checker);
      },
      deleted: (object) => {
        trace.note(object.key.length, () => `deleted ${object.key}`);
        if (!settings.operatorDeletes) checkDeletion(object, this.bucket, this.reference, checker);
      },
    };
  }

  /** Resolves after `forMs`, or when the trouble ends. */
  nap(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#napping.add(resolve);
      this.time.after(forMs, resolve);
    });
  }

  /** The trouble is over. */
  calm(): void {
    this.isCalm = true;
    this.network.faults = NO_FAULTS;
    for (const wake of this.#napping) wake();
    this.#napping.clear();
  }

  isDeletable(topicId: string): boolean {
    return this.deletable.has(topicId);
  }

  /** Errors after which nothing was stored and nothing will be. */
  isCertainRefusal(code: string): boolean {
    return code === "NOT_OWNER" || code === "LOG_CLOSED" || code === "LOG_QUEUE_FULL" || code === "STARTING";
  }

  /** Processes that have not crashed. */
  get running(): readonly SimulatedBroker[] {
    return this.processes.filter(({ machine }) => machine.isAlive);
  }

  /** Starts a process of a node. */
  start(node: number): SimulatedBroker {
    const broker = new SimulatedBroker(this, node, this.processes.length);
    this.processes.push(broker);
    this.trace.note(node, () => `${broker.machine.name} starts`);
    void broker.run();
    return broker;
  }

  /** Checks every process against the truth. */
  readonly observe = (): void => {
    for (const broker of this.processes) broker.observe();
  };
}
