import type { Consumer, Record } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import type { CliContext } from "./context.ts";
import { POLL_RECORDS_MAX, POLL_WAIT_MS } from "./limits.ts";
import { ReadTroubles } from "./read-troubles.ts";

/** When to stop reading. */
export interface ConsumeBounds {
  /** Records in all. */
  readonly maxRecords?: number;
  /** Stop when nothing has come for so long, milliseconds. */
  readonly idleMs?: number;
  /** Asked after each poll; true stops. */
  readonly reached?: () => Promise<boolean>;
}

/**
 * Records of a consumer, one poll at a time, until a bound is reached or the operator stops. Warns of partitions that
 * cannot be read at present, and throws their error when the idle time ends meanwhile: there may be more records.
 */
export async function* consumeAll(
  context: CliContext,
  consumer: Consumer,
  bounds: ConsumeBounds,
): AsyncGenerator<readonly Record[], void> {
  const { clock, terminal } = context;
  let left = bounds.maxRecords ?? Number.POSITIVE_INFINITY;
  let lastAt = clock.elapsed();
  const troubles = new ReadTroubles((line) => terminal.say(line));
  while (left > 0 && !terminal.stopped.aborted) {
    const idleLeft = bounds.idleMs === undefined ? POLL_WAIT_MS : lastAt + bounds.idleMs - clock.elapsed();
    if (idleLeft < 0) return checkReadable(consumer, bounds.idleMs);
    // Never more than is wanted: what was polled counts as read when offsets are committed on close.
    const maxRecords = Math.min(left, POLL_RECORDS_MAX);
    const records = await pollUntilStopped(
      consumer,
      { maxRecords, timeoutMs: Math.min(idleLeft, POLL_WAIT_MS) },
      terminal.stopped,
    );
    troubles.look(consumer.fetchErrors());
    if (records.length > 0) {
      left -= records.length;
      yield records;
      lastAt = clock.elapsed();
    }
    if ((await bounds.reached?.()) === true) return;
  }
}

function checkReadable(consumer: Consumer, idleMs: number | undefined): void {
  const [first] = consumer.fetchErrors();
  if (first === undefined) return;
  const { kind, code, message } = first.error;
  throw new StreambedError({ kind, code, message: `Nothing came within ${idleMs} ms. ${message}` });
}

async function pollUntilStopped(
  consumer: Consumer,
  bounds: { readonly maxRecords: number; readonly timeoutMs: number },
  stopped: AbortSignal,
): Promise<readonly Record[]> {
  try {
    return await consumer.poll({ ...bounds, signal: stopped });
  } catch (thrown) {
    if (stopped.aborted) return [];
    throw thrown;
  }
}
