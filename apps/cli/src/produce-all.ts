import type { Producer, ProducerRecord, RecordMetadata } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { INPUT_IN_FLIGHT_BYTES_MAX, STOP_GRACE_MS } from "./limits.ts";

/** Where to send, and whom to tell. */
export interface ProduceTarget {
  readonly producer: Producer;
  readonly topic: string;
  /** Called with the result of each record, in order of the records. */
  readonly onResult: (result: RecordMetadata) => void;
}

/**
 * Sends groups of records in order, many groups at a time, with a bound on what is unacknowledged.
 * Resolves when every record has a result, also of what came before an error of the groups. Rejects when a group as a
 * whole cannot be sent, and then does not wait long for the others: they would wait for the same.
 */
export async function produceAll(
  target: ProduceTarget,
  groups: AsyncIterable<readonly ProducerRecord[]>,
): Promise<void> {
  const pending: { readonly bytes: number; readonly done: Promise<readonly RecordMetadata[]> }[] = [];
  const failures: unknown[] = [];
  const waiting = { bytes: 0 };
  const settleOldest = async (): Promise<void> => {
    const oldest = pending.shift();
    if (oldest === undefined) return;
    waiting.bytes -= oldest.bytes;
    try {
      for (const result of await oldest.done) target.onResult(result);
    } catch (thrown) {
      failures.push(thrown);
      await target.producer.close({ timeoutMs: STOP_GRACE_MS });
    }
  };
  try {
    for await (const records of groups) {
      const bytes = records.reduce((sum, record) => sum + (record.key?.length ?? 0) + (record.value?.length ?? 0), 0);
      const done = target.producer.send(target.topic, records);
      // Awaited in order below; until then a failure must not count as unhandled.
      done.catch(() => undefined);
      pending.push({ bytes, done });
      waiting.bytes += bytes;
      while (waiting.bytes > INPUT_IN_FLIGHT_BYTES_MAX) await settleOldest();
      if (failures.length > 0) break;
    }
  } finally {
    while (pending.length > 0) await settleOldest();
  }
  if (failures.length > 0) throw failures[0];
}

/** Lets an operator's signal end what is being sent: a producer goes on trying for minutes. */
export function closeWhenStopped(producer: Producer, stopped: AbortSignal): void {
  stopped.addEventListener("abort", () => void producer.close({ timeoutMs: STOP_GRACE_MS }), { once: true });
}

/** Ends a program with the code of the signal: the input has not been sent to its end. */
export function sendingStopped(): StreambedError {
  return new StreambedError({ kind: "unavailable", code: "SENDING_STOPPED", message: "Stopped before it was done." });
}
