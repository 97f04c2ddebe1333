/** One request that a simulated bucket received. Times are of one monotonic clock, milliseconds. */
export interface BucketRequest {
  readonly verb: "GET" | "HEAD" | "PUT" | "LIST" | "DELETE";
  /** For a LIST its prefix, for a DELETE the first key. */
  readonly key: string;
  readonly startMs: number;
  /** Infinity while it is under way. */
  endMs: number;
  /** A conditional PUT that found its key taken. */
  conflict: boolean;
  bytes: number;
}

/** What the PUTs of a time span were for. */
export interface PutCounts {
  /** Log keys written for the first time: the commits. */
  readonly commits: number;
  /** PUTs to log keys, all of them. */
  readonly logPuts: number;
  /** PUTs to a log key while the earlier ones to the same key were still without an answer. */
  readonly hedges: number;
  /** PUTs to a log key after an earlier one to the same key had been answered. */
  readonly repeats: number;
  /** PUTs to everything else, by the first part of their key. */
  readonly others: Readonly<Record<string, number>>;
  readonly bytes: number;
}

/** An answer may be on its way while the writer, who cannot know, sends a hedge. */
const IN_TRANSIT_MS = 50;

/** Sorts the PUTs among `requests` by purpose. `isLogKey` says which keys are entries. */
export function countPuts(requests: readonly BucketRequest[], isLogKey: (key: string) => boolean): PutCounts {
  const puts = requests.filter(({ verb }) => verb === "PUT");
  const earlier = new Map<string, BucketRequest[]>();
  const others: Record<string, number> = {};
  let [logPuts, hedges, bytes] = [0, 0, 0];
  for (const put of puts) {
    bytes += put.bytes;
    if (!isLogKey(put.key)) {
      const kind = put.key.split("/")[0] ?? "";
      others[kind] = (others[kind] ?? 0) + 1;
      continue;
    }
    logPuts += 1;
    const before = earlier.get(put.key) ?? [];
    if (before.length > 0 && before.every(({ endMs }) => endMs + IN_TRANSIT_MS > put.startMs)) hedges += 1;
    earlier.set(put.key, [...before, put]);
  }
  const commits = earlier.size;
  return { commits, logPuts, hedges, repeats: logPuts - commits - hedges, others, bytes };
}

/** How many requests of each verb there were. */
export function countVerbs(requests: readonly BucketRequest[]): Record<BucketRequest["verb"], number> {
  const counts = { GET: 0, HEAD: 0, PUT: 0, LIST: 0, DELETE: 0 };
  for (const { verb } of requests) counts[verb] += 1;
  return counts;
}

/**
 * The longest chain of requests that waited for each other: a request depends on those that had ended before it began.
 * Exact when all requests take equally long.
 */
export function dependentRoundTrips(requests: readonly BucketRequest[]): number {
  const depths: { readonly endMs: number; readonly depth: number }[] = [];
  for (const { startMs, endMs } of requests.toSorted((left, right) => left.startMs - right.startMs)) {
    const before = depths.filter((each) => each.endMs <= startMs).map(({ depth }) => depth);
    depths.push({ endMs, depth: 1 + Math.max(0, ...before) });
  }
  return Math.max(0, ...depths.map(({ depth }) => depth));
}
