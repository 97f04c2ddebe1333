import { seededRandom } from "@streambed/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, kafkaCluster, streambedCluster } from "./clusters.ts";
import { createTopic, eventually, type Remains, type Survivor, write, type Written } from "./survivors.ts";

const SEED = Number(process.env["COMPACTION_SEED"] ?? Date.now() % 1_000_000);
const HOUR_MS = 3_600_000;
const WITHIN_MS = 60_000;
/** Kafka closes a segment as soon as a record comes; it never cleans or deletes the one it writes to. */
const SMALL_SEGMENTS = { "segment.ms": "1", "segment.bytes": "1048576" };
const COMPACT = { ...SMALL_SEGMENTS, "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01" };

let clusters: readonly Cluster[] = [];
beforeAll(async () => {
  clusters = [await kafkaCluster(), await streambedCluster()];
}, 900_000);
afterAll(async () => {
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]();
});

/** Does the same to both, waits until `done` holds, and returns what is left: Kafka's first. */
async function both(
  topic: string,
  configs: Readonly<Record<string, string>>,
  work: {
    readonly records: readonly Written[];
    readonly perBatch: number;
    readonly done: (seen: Remains) => boolean;
    readonly nudge?: "kafka" | "all";
  },
): Promise<readonly [Remains, Remains]> {
  const [kafka, streambed] = await Promise.all(
    clusters.map(async (cluster) => {
      await createTopic(cluster, topic, configs);
      await write(cluster, topic, work.records, work.perBatch);
      const { done, nudge = "kafka" } = work;
      return eventually(cluster, topic, { done, nudge, withinMs: WITHIN_MS });
    }),
  );
  if (kafka === undefined || streambed === undefined) throw new Error("two clusters were started");
  return [kafka, streambed];
}

/** Few keys, again and again; one record in eight is a tombstone. */
function updates(count: number, keys: number): Written[] {
  const random = seededRandom(SEED);
  return Array.from({ length: count }, (_, at): Written => {
    const key = `key-${Math.floor(random.fraction() * keys)}`;
    return { key, value: random.fraction() < 0.125 ? null : `value-${at}` };
  });
}

/** The newest record of each key, in the order of their offsets: what compaction must leave. */
function newest(records: readonly Written[]): Survivor[] {
  const byKey = new Map(records.map(({ key, value }, offset) => [key, { offset, key, value }]));
  return [...byKey.values()].toSorted((left, right) => left.offset - right.offset);
}

const isEmpty = ({ records }: Remains): boolean => records.length === 0;
const isLive = ({ value }: Survivor): boolean => value !== null;

describe(`retention and compaction next to Apache Kafka (COMPACTION_SEED=${SEED})`, () => {
  test("compaction leaves the same records: the newest of each key, tombstones included, at their offsets", async () => {
    const records = updates(3000, 200);
    const expected = newest(records);
    const done = (seen: Remains): boolean => seen.records.length <= expected.length;
    const configs = { ...COMPACT, "delete.retention.ms": String(HOUR_MS) };
    const [kafka, streambed] = await both("compacted", configs, { records, perBatch: 50, done });
    expect(kafka.records).toEqual(expected);
    expect(streambed.records).toEqual(expected);
  });

  test("tombstones go after delete.retention.ms, and nothing else does", async () => {
    const records = updates(2000, 100);
    const expected = newest(records).filter(isLive);
    const done = (seen: Remains): boolean => seen.records.length <= expected.length;
    const configs = { ...COMPACT, "delete.retention.ms": "500" };
    // A log is cleaned again when there is something new in it.
    const work = { records, perBatch: 40, done, nudge: "all" } as const;
    const [kafka, streambed] = await both("forgotten", configs, work);
    expect(kafka.records).toEqual(expected);
    expect(streambed.records).toEqual(expected);
  });

  test("retention.ms deletes what is too old and nothing that is not", async () => {
    const now = Date.now();
    const old = Array.from({ length: 500 }, (_, at): Written => ({
      key: `${at}`,
      value: "x",
      timestamp: now - HOUR_MS,
    }));
    const young = Array.from({ length: 100 }, (_, at): Written => ({ key: `${at}`, value: "y", timestamp: now }));
    const done = (seen: Remains): boolean => seen.earliest >= old.length;
    const configs = { ...SMALL_SEGMENTS, "retention.ms": String(HOUR_MS / 2) };
    const records = [...old, ...young];
    const [kafka, streambed] = await both("aged", configs, { records, perBatch: 50, done });
    expect(kafka.earliest).toBe(old.length);
    expect(streambed.earliest).toBe(old.length);
    expect(streambed.records).toEqual(kafka.records);
  });

  test("retention.bytes keeps at least so much, and at most a segment more than Kafka", async () => {
    const [batches, batchBytes, keptBatches, batchesPerSegment] = [80, 100_000, 30, 10];
    const value = "z".repeat(batchBytes);
    const records = Array.from({ length: batches }, (_, at): Written => ({ key: `${at}`, value }));
    const bound = keptBatches + batchesPerSegment;
    const done = (seen: Remains): boolean => seen.records.length <= bound;
    const configs = { ...SMALL_SEGMENTS, "retention.bytes": String(keptBatches * batchBytes) };
    const [kafka, streambed] = await both("bounded", configs, { records, perBatch: 1, done });
    for (const { records: left } of [kafka, streambed]) expect(left.length).toBeGreaterThanOrEqual(keptBatches);
    expect(streambed.records.length).toBeLessThanOrEqual(kafka.records.length + batchesPerSegment);
  });

  test("compact,delete does both: old records go, of the others the newest of each key stay", async () => {
    const now = Date.now();
    const old = updates(400, 40).map((record) => ({ ...record, timestamp: now - HOUR_MS }));
    const young = updates(800, 80).map((record) => ({ ...record, timestamp: now }));
    const retention = { "retention.ms": String(HOUR_MS / 2), "delete.retention.ms": String(HOUR_MS) };
    const configs = { ...COMPACT, "cleanup.policy": "compact,delete", ...retention };
    const expected = newest(young).map(({ key, value }) => ({ key, value }));
    for (const cluster of clusters) {
      await createTopic(cluster, "twofold", configs);
      await write(cluster, "twofold", old, 40);
      // Apart from the young ones: Kafka's cleaner joins segments, and a joined one is as young as its youngest record.
      const empty = await eventually(cluster, "twofold", { done: isEmpty, withinMs: WITHIN_MS });
      expect(empty.records, cluster.name).toEqual([]);
      expect(empty.earliest, cluster.name).toBeGreaterThanOrEqual(old.length);
      await write(cluster, "twofold", young, 40);
      const done = (seen: Remains): boolean => seen.records.length <= expected.length;
      const { records } = await eventually(cluster, "twofold", { done, withinMs: WITHIN_MS });
      // How many records made Kafka close its segments differs, and so do the offsets.
      expect(
        records.map(({ key, value }) => ({ key, value })),
        cluster.name,
      ).toEqual(expected);
    }
  });

  // Kafka's cleaner joins segments, and a joined one is as young as its youngest record; we need not wait for that.
  test("compact,delete loses what is too old, though it was cleaned together with a young record", async () => {
    const now = Date.now();
    const old = updates(400, 40).map((record) => ({ ...record, timestamp: now - HOUR_MS }));
    const key = old[0]?.key ?? "";
    const records = [...old, { key, value: "stays", timestamp: now }];
    const ours = clusters.find(({ name }) => name === "streambed");
    if (ours === undefined) throw new Error("our cluster was started");
    const lasting = { "retention.ms": "-1", "delete.retention.ms": String(HOUR_MS) };
    await createTopic(ours, "behind", { ...COMPACT, "cleanup.policy": "compact,delete", ...lasting });
    await write(ours, "behind", records, 40);
    // The young record is cleaned, too, when the one before it of the same key has gone.
    const isClean = (seen: Remains): boolean => seen.records.filter((record) => record.key === key).length === 1;
    const cleaned = await eventually(ours, "behind", { done: isClean, withinMs: WITHIN_MS });
    expect(cleaned.records).toEqual(newest(records));
    const shorter = { name: "retention.ms", operation: "set", value: String(HOUR_MS / 2) } as const;
    const resource = { type: "topic", name: "behind" } as const;
    for (const changed of await ours.client.admin.alterConfigs([{ resource, changes: [shorter] }]))
      if (!changed.ok) throw changed.error;
    const done = (seen: Remains): boolean => seen.records.length <= 1;
    const left = await eventually(ours, "behind", { done, withinMs: WITHIN_MS });
    expect(left.records).toEqual([{ offset: old.length, key, value: "stays" }]);
  });
});
