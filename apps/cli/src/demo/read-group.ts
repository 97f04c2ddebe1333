import type { Client } from "@streambed/client";
import { Fingerprint } from "./fingerprint.ts";
import type { Progress } from "./progress.ts";

/** A read gives up when nothing has come for so long, milliseconds. */
const IDLE_MS_MAX = 20_000;

/** What to read, and how many records to expect. */
export interface Wanted {
  readonly topics: readonly string[];
  /** A group nobody has used yet. */
  readonly group: string;
  readonly records: number;
}

/** Reads topics through a consumer group of two members; returns a fingerprint for each topic. */
export async function readThroughGroup(
  client: Client,
  wanted: Wanted,
  progress: Progress,
): Promise<ReadonlyMap<string, Fingerprint>> {
  const found = new Map(wanted.topics.map((topic) => [topic, new Fingerprint()]));
  const total = { records: 0, lastAt: performance.now() };
  const member = async (): Promise<void> => {
    await using consumer = client.consumer({ groupId: wanted.group, autoOffsetReset: "earliest" });
    consumer.subscribe({ topics: wanted.topics });
    while (total.records < wanted.records && performance.now() - total.lastAt < IDLE_MS_MAX) {
      const records = await consumer.poll({ timeoutMs: 200, maxRecords: 10_000 });
      for (const { topic, key, value } of records) if (key && value) found.get(topic)?.add({ key, value });
      total.records += records.length;
      if (records.length > 0) total.lastAt = performance.now();
      progress.add(records.length);
    }
    await consumer.commit();
  };
  await Promise.all([member(), member()]);
  return found;
}
