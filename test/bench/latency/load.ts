import { createClient, type Client, type Consumer, type Producer } from "@streambed/client";
import { seededRandom, sleep, systemClock, systemRandom, type Random } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";

/** How hard the cluster is used. */
export interface LoadPlan {
  readonly bootstrap: { readonly host: string; readonly port: number };
  readonly topic: string;
  readonly partitions: number;
  readonly producers: number;
  /** Produce calls a second, all producers together. */
  readonly rate: number;
  readonly recordBytes: number;
  /** Samples of this long at the start do not count. */
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly seed: number;
}

/** What the load saw, milliseconds per record; everything counts from the call of `send`. */
export interface LoadResult {
  /** Until the acknowledgement. */
  readonly produceMs: readonly number[];
  /** Until a consumer had the record. */
  readonly endToEndMs: readonly number[];
  readonly failed: number;
  /** Acknowledged but never consumed, or consumed twice: any is a bug. */
  readonly missing: number;
  readonly repeated: number;
  /** When the samples that count began and ended, on the monotonic clock. */
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Sent {
  readonly atMs: number;
  ackMs: number;
  seenMs: number;
}

/** How long the consumer may take after the last acknowledgement. */
const DRAIN_MS = 10_000;

/**
 * Idempotent producers with acks=all and up to five requests in flight each, whose calls arrive as a Poisson process;
 * one consumer without a group. Open loop: a slow answer does not hold the next call back.
 */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const clock = systemClock();
  const parts = { transport: tcpTransport(), bootstrap: [plan.bootstrap], clock, random: systemRandom() };
  await using client = createClient(parts);
  const { topic, partitions } = plan;
  await client.admin.createTopics([{ name: topic, numPartitions: partitions }]);
  const sent: Sent[] = [];
  const consumer = client.consumer({ enableAutoCommit: false });
  const reading = new AbortController();
  let repeated = 0;
  const consuming = consume(consumer, plan, reading.signal, (index, atMs) => {
    const record = sent[index];
    if (record === undefined || record.seenMs > 0) repeated += 1;
    else record.seenMs = atMs;
  });
  const startMs = performance.now();
  const [fromMs, untilMs] = [startMs + plan.warmupSeconds * 1000, startMs + plan.seconds * 1000];
  const failed = await produce(client, plan, untilMs, sent);
  const drainedBy = performance.now() + DRAIN_MS;
  while (sent.some((each) => each.ackMs > 0 && each.seenMs === 0) && performance.now() < drainedBy)
    await sleep(clock, 20);
  reading.abort(new Error("enough"));
  await consuming;
  await consumer.close();
  const counted = sent.filter(({ atMs, ackMs }) => atMs >= fromMs && ackMs > 0);
  return {
    produceMs: counted.map(({ atMs, ackMs }) => ackMs - atMs),
    endToEndMs: counted.filter(({ seenMs }) => seenMs > 0).map(({ atMs, seenMs }) => seenMs - atMs),
    failed,
    missing: sent.filter(({ ackMs, seenMs }) => ackMs > 0 && seenMs === 0).length,
    repeated,
    fromMs,
    untilMs,
  };
}

/** Resolves with the number of records that were not acknowledged. */
async function produce(client: Client, plan: LoadPlan, untilMs: number, sent: Sent[]): Promise<number> {
  const producers = Array.from({ length: plan.producers }, () => client.producer({ lingerMs: 0, acks: "all" }));
  const failures = await Promise.all(
    producers.map((producer, at) => arrivals(producer, plan, { untilMs, sent, random: seededRandom(plan.seed + at) })),
  );
  await Promise.all(producers.map((producer) => producer.close()));
  return failures.reduce((sum, each) => sum + each, 0);
}

async function arrivals(
  producer: Producer,
  plan: LoadPlan,
  run: { readonly untilMs: number; readonly sent: Sent[]; readonly random: Random },
): Promise<number> {
  const { untilMs, sent, random } = run;
  const clock = systemClock();
  const meanGapMs = (1000 * plan.producers) / plan.rate;
  const calls: Promise<void>[] = [];
  let failed = 0;
  let dueMs = performance.now();
  for (;;) {
    dueMs += -Math.log(1 - random.fraction()) * meanGapMs;
    if (dueMs >= untilMs) break;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(clock, waitMs);
    const record: Sent = { atMs: performance.now(), ackMs: 0, seenMs: 0 };
    const value = new Uint8Array(plan.recordBytes);
    new DataView(value.buffer).setUint32(0, sent.push(record) - 1);
    const partition = Math.floor(random.fraction() * plan.partitions);
    const call = producer.send(plan.topic, [{ value, partition }]).then(([answer]) => {
      if (answer?.ok === true) record.ackMs = performance.now();
      else failed += 1;
    });
    calls.push(call);
  }
  await Promise.all(calls);
  return failed;
}

async function consume(
  consumer: Consumer,
  plan: LoadPlan,
  signal: AbortSignal,
  seen: (index: number, atMs: number) => void,
): Promise<void> {
  const all = Array.from({ length: plan.partitions }, (_, partition) => ({ topic: plan.topic, partition }));
  consumer.assign(all);
  await consumer.seekToBeginning(all);
  while (!signal.aborted) {
    const records = await consumer.poll({ timeoutMs: 500, signal }).catch((error: unknown) => {
      if (signal.aborted) return [];
      throw error;
    });
    const atMs = performance.now();
    for (const { value } of records) {
      if (value !== null) seen(new DataView(value.buffer, value.byteOffset).getUint32(0), atMs);
    }
  }
}
