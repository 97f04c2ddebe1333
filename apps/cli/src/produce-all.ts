import type { Producer, ProducerRecord, RecordMetadata } from "@streambed/client";
import { INPUT_IN_FLIGHT_BYTES_MAX } from "./limits.ts";

/** Where to send, and whom to tell. */
export interface ProduceTarget {
  readonly producer: Producer;
  readonly topic: string;
  /** Called with the result of each record, in order of the records. */
  readonly onResult: (result: RecordMetadata) => void;
}

/**
 * Sends groups of records in order, many groups at a time, with a bound on what is unacknowledged.
 * Resolves when every record has a result.
 */
export async function produceAll(
  target: ProduceTarget,
  groups: AsyncIterable<readonly ProducerRecord[]>,
): Promise<void> {
  const pending: { readonly bytes: number; readonly done: Promise<readonly RecordMetadata[]> }[] = [];
  const waiting = { bytes: 0 };
  const settleOldest = async (): Promise<void> => {
    const oldest = pending.shift();
    if (oldest === undefined) return;
    waiting.bytes -= oldest.bytes;
    for (const result of await oldest.done) target.onResult(result);
  };
  for await (const records of groups) {
    const bytes = records.reduce((sum, record) => sum + (record.key?.length ?? 0) + (record.value?.length ?? 0), 0);
    const done = target.producer.send(target.topic, records);
    // Awaited in order below; until then a failure must not count as unhandled.
    done.catch(() => undefined);
    pending.push({ bytes, done });
    waiting.bytes += bytes;
    while (waiting.bytes > INPUT_IN_FLIGHT_BYTES_MAX) await settleOldest();
  }
  while (pending.length > 0) await settleOldest();
}
