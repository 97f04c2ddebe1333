import { setTimeout as sleep } from "node:timers/promises";
import type { Producer, ProducerRecord } from "@streambed/client";
import { fromUtf8, hasCode, utf8 } from "@streambed/kernel";
import type { Cluster } from "./clusters.ts";

/** A record that is still there. */
export interface Survivor {
  readonly offset: number;
  readonly key: string;
  /** Null for a tombstone. */
  readonly value: string | null;
}

/** What a cluster still has of partition 0 of a topic. */
export interface Remains {
  readonly earliest: number;
  readonly latest: number;
  readonly records: readonly Survivor[];
}

/** Key of records that make Kafka close its segment, because it never cleans or deletes the one it writes to. */
export const NUDGE = "nudge";
const LOOK_EVERY_MS = 400;

/** Reads everything there is; begins again when retention was faster. */
export async function remains(cluster: Cluster, topic: string): Promise<Remains> {
  for (;;) {
    try {
      return await look(cluster, topic);
    } catch (thrown) {
      if (!hasCode(thrown, "OFFSET_OUT_OF_RANGE")) throw thrown;
    }
  }
}

async function look({ client }: Cluster, topic: string): Promise<Remains> {
  const offsetOf = async (spec: "earliest" | "latest"): Promise<number> => {
    const [found] = await client.admin.listOffsets([{ topic, partition: 0, spec }]);
    if (found?.ok !== true) throw new Error(`no ${spec} offset of ${topic}`, { cause: found?.error });
    return found.offset;
  };
  const [earliest, latest] = [await offsetOf("earliest"), await offsetOf("latest")];
  const records: Survivor[] = [];
  for (let offset = earliest; offset < latest;) {
    const page = await client.fetch({ topic, partition: 0, offset, maxWaitMs: 500 });
    for (const { offset: at, key, value } of page.records) {
      records.push({ offset: at, key: textOf(key) ?? "", value: textOf(value) });
    }
    if (page.nextOffset <= offset) throw new Error(`${topic} ends at ${offset}, but its latest offset is ${latest}`);
    offset = page.nextOffset;
  }
  return { earliest, latest, records: records.filter(({ key }) => key !== NUDGE) };
}

/**
 * Waits until the cluster's housekeeping has done what is expected; Kafka gets a record now and then, so that it closes
 * its segments, and so does everybody with `nudge: "all"`. Returns the newest look, also when the time is over: the assertion then says what is missing.
 */
export async function eventually(
  cluster: Cluster,
  topic: string,
  until: { readonly done: (remains: Remains) => boolean; readonly withinMs: number; readonly nudge?: "kafka" | "all" },
): Promise<Remains> {
  const producer = cluster.client.producer({ lingerMs: 0 });
  try {
    const deadline = Date.now() + until.withinMs;
    for (;;) {
      const seen = await remains(cluster, topic);
      if (until.done(seen) || Date.now() > deadline) return seen;
      if (cluster.name === "kafka" || until.nudge === "all")
        await sendAll(producer, topic, [{ key: NUDGE, value: "" }]);
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await producer.close();
  }
}

/** A record to write; its time is now unless it says otherwise. */
export interface Written {
  readonly key: string;
  readonly value: string | null;
  readonly timestamp?: number;
}

/** Writes the records in order, `perBatch` in one batch after the other, to partition 0. */
export async function write(
  cluster: Cluster,
  topic: string,
  records: readonly Written[],
  perBatch: number,
): Promise<void> {
  const producer = cluster.client.producer({ lingerMs: 0, batchSize: 1_000_000 });
  for (let first = 0; first < records.length; first += perBatch) {
    await sendAll(producer, topic, records.slice(first, first + perBatch));
  }
  await producer.close();
}

async function sendAll(producer: Producer, topic: string, records: readonly Written[]): Promise<void> {
  const sent = records.map(({ key, value, timestamp }): ProducerRecord => {
    const bytes = value === null ? null : utf8(value);
    return { key: utf8(key), value: bytes, partition: 0, ...(timestamp === undefined ? {} : { timestamp }) };
  });
  for (const answer of await producer.send(topic, sent)) if (!answer.ok) throw answer.error;
}

/** Creates a topic of one partition. */
export async function createTopic(
  { client }: Cluster,
  name: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  const [created] = await client.admin.createTopics([{ name, numPartitions: 1, replicationFactor: 1, configs }]);
  if (created?.ok !== true) throw new Error(`${name} was not created`, { cause: created?.error });
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : fromUtf8(bytes);
}
