import type { CheckParts } from "./check-store.ts";
import type { Latency, Throughput } from "./findings.ts";

const REQUESTS = 20;
const SMALL_BYTES = 1024;
const LARGE_BYTES = 8 * 1024 * 1024;

/** How fast a store is. */
export interface Measured {
  readonly latency: readonly Latency[];
  readonly throughput: Throughput;
}

/** Times small requests one after the other, and one large write: what an entry at its largest takes. */
export async function measureStore(parts: CheckParts): Promise<Measured> {
  const { store, clock, random, prefix } = parts;
  const small = random.bytes(SMALL_BYTES);
  const keys = Array.from({ length: REQUESTS }, (_, at) => `${prefix}timed-${String(at).padStart(2, "0")}`);
  const large = `${prefix}large`;
  try {
    const create = { condition: { kind: "absent" } } as const;
    const puts = await timed(parts, keys, (key) => store.put(key, [small], create));
    const gets = await timed(parts, keys, (key) => store.get(key));
    const lists = await timed(parts, keys, () => store.list({ prefix }));
    // Not zeros: a store might pack them.
    const chunk = random.bytes(65_536);
    const body = Array.from({ length: LARGE_BYTES / chunk.length }, () => chunk);
    const startedMs = clock.elapsed();
    await store.put(large, body);
    const seconds = (clock.elapsed() - startedMs) / 1000;
    return {
      latency: [latencyOf("PUT 1 KiB", puts), latencyOf("GET 1 KiB", gets), latencyOf("LIST", lists)],
      throughput: { bytes: LARGE_BYTES, megabytesPerSecond: LARGE_BYTES / 1_000_000 / Math.max(seconds, 1e-6) },
    };
  } finally {
    await store.delete([...keys, large]).catch(() => undefined);
  }
}

async function timed(
  { clock }: CheckParts,
  keys: readonly string[],
  request: (key: string) => Promise<unknown>,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (const key of keys) {
    const startedMs = clock.elapsed();
    await request(key);
    times.push(clock.elapsed() - startedMs);
  }
  return times;
}

function latencyOf(what: string, times: readonly number[]): Latency {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1] ?? 0;
  return { what, requests: times.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
