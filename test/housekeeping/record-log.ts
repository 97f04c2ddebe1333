import { type Clock, type Random, randomUuid, seededRandom, StreambedError } from "@streambed/kernel";
import {
  createHousekeeper,
  type Housekeeper,
  type HousekeepingSettings,
  type ObjectStore,
  openShardLog,
  type Partition,
  type ShardLog,
} from "@streambed/log-storage";
import {
  COMPRESSION_TYPES,
  decodeBatchHeader,
  defaultCodecs as codecs,
  encodeRecordBatch,
  iterateRecords,
  verifyCrc,
} from "@streambed/protocol";
import { memoryStore, type MemoryStore } from "@streambed/store-memory";

/** A clock that moves when a test says so; timers are real and short. */
export interface TestClock extends Clock {
  nowMs: number;
}

export function testClock(): TestClock {
  const startMs = 1_700_000_000_000;
  const clock: TestClock = {
    nowMs: startMs,
    now: () => clock.nowMs,
    elapsed: () => clock.nowMs - startMs,
    schedule(delayMs, run) {
      const timer = setTimeout(run, Math.min(delayMs, 20));
      return () => clearTimeout(timer);
    },
  };
  return clock;
}

/** A record as a test sees it. */
export interface SeenRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
}

/** Verbs that a test may count or break. */
export type Verb = "get" | "put" | "list" | "delete";

/** A store that counts requests and fails when it is told to. */
export interface CountingStore extends ObjectStore {
  readonly inner: MemoryStore;
  readonly counts: Record<Verb, number>;
  /** Called before each request; throws to make it fail. */
  before: (verb: Verb, key: string) => void;
}

function countingStore(clock: Clock): CountingStore {
  const inner = memoryStore({ clock });
  const note = (verb: Verb, key: string): void => {
    store.counts[verb]++;
    store.before(verb, key);
  };
  const store: CountingStore = {
    inner,
    counts: { get: 0, put: 0, list: 0, delete: 0 },
    before: () => undefined,
    description: "counting",
    async get(key, options) {
      note("get", key);
      return inner.get(key, options);
    },
    head: (key) => inner.head(key),
    async put(key, body, options) {
      note("put", key);
      return inner.put(key, body, options);
    },
    async list(options) {
      note("list", options.prefix);
      return inner.list(options);
    },
    async delete(keys) {
      for (const key of keys) note("delete", key);
      return inner.delete(keys);
    },
  };
  return store;
}

/** The failure that a test injects; what the store did not do can be done again. */
export function storeDown(): StreambedError {
  return new StreambedError({ kind: "unavailable", code: "STORE_UNAVAILABLE", message: "The store is down." });
}

/** A log over a memory store with a housekeeper, and batches of records to put into it. */
export class RecordLog {
  readonly clock: TestClock = testClock();
  readonly random: Random;
  readonly store: CountingStore = countingStore(this.clock);
  readonly #settings: Partial<HousekeepingSettings>;
  readonly #checkpointIntervalEntries: number;
  log!: ShardLog;
  housekeeper!: Housekeeper;

  private constructor(seed: number, settings: Partial<HousekeepingSettings>, checkpointIntervalEntries: number) {
    this.random = seededRandom(seed);
    this.#settings = settings;
    this.#checkpointIntervalEntries = checkpointIntervalEntries;
  }

  static async open(
    seed: number,
    settings: Partial<HousekeepingSettings> = {},
    checkpointIntervalEntries = 16,
  ): Promise<RecordLog> {
    const opened = new RecordLog(seed, settings, checkpointIntervalEntries);
    await opened.reopen();
    return opened;
  }

  /** Another process on the same bucket: nothing is in memory. */
  async reopen(): Promise<void> {
    await (this.log as ShardLog | undefined)?.close();
    const { store, clock, random } = this;
    const checkpointIntervalEntries = this.#checkpointIntervalEntries;
    this.log = await openShardLog({ store, clock, random, checkpointIntervalEntries });
    const { internals } = this.log;
    this.housekeeper = createHousekeeper({ internals, codecs, settings: this.#settings });
  }

  async createTopic(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const topicId = randomUuid(this.random);
    const command = { kind: "create-topic", topicId, name, partitions, configs: new Map(Object.entries(configs)) };
    await this.log.command(command as Parameters<ShardLog["command"]>[0]);
    return topicId;
  }

  partition(topicId: string, number = 0): Partition {
    const partition = this.log.view.partition(topicId, number);
    if (partition === undefined) throw new Error(`No partition ${number} of ${topicId}`);
    return partition;
  }

  /** Appends one batch and returns its records with their offsets. */
  async append(
    topicId: string,
    number: number,
    pairs: readonly (readonly [string | null, string | null])[],
    inline = false,
  ): Promise<SeenRecord[]> {
    const timestamp = this.clock.now();
    const bytes = (text: string | null): Uint8Array | null => (text === null ? null : new TextEncoder().encode(text));
    const records = pairs.map(([key, value]) => ({ key: bytes(key), value: bytes(value), timestamp }));
    const compression = COMPRESSION_TYPES[Math.floor(this.random.fraction() * 5)] ?? "none";
    const batch = {
      topicId,
      partition: number,
      bytes: encodeRecordBatch({ records, compression, codecs }),
      recordCount: records.length,
      maxTimestampMs: timestamp,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      inline,
    };
    const [outcome] = await this.log.append([batch]);
    if (outcome?.status !== "appended") throw new Error(`Not appended: ${JSON.stringify(outcome)}`);
    return pairs.map(([key, value], at) => ({ offset: outcome.baseOffset + at, key, value, timestamp }));
  }

  /** Everything that can be read of a partition, checked batch by batch. */
  async readAll(topicId: string, number = 0): Promise<SeenRecord[]> {
    const partition = this.partition(topicId, number);
    const seen: SeenRecord[] = [];
    const text = new TextDecoder();
    for (let offset = partition.logStartOffset; offset < partition.endOffset;) {
      const batches = await this.log.read(partition, offset, 100_000);
      if (batches.length === 0) break;
      for (const batch of batches) {
        const header = decodeBatchHeader(batch);
        if (!verifyCrc(batch)) throw new Error(`Wrong checksum at offset ${header.baseOffset}`);
        if (header.lastOffset < offset) throw new Error(`Offsets go back to ${header.lastOffset} at ${offset}`);
        for (const record of iterateRecords(batch, header, { codecs })) {
          if (record.offset < partition.logStartOffset) continue;
          const { key, value, timestamp } = record;
          seen.push({
            offset: record.offset,
            key: key && text.decode(key),
            value: value && text.decode(value),
            timestamp,
          });
        }
        offset = header.lastOffset + 1;
      }
    }
    return seen;
  }

  /** Keys of all objects under a prefix. */
  keys(prefix: string): string[] {
    return this.store.inner
      .snapshot()
      .objects.map(({ key }) => key)
      .filter((key) => key.startsWith(prefix))
      .toSorted();
  }
}
