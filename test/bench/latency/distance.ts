import type { Random } from "@streambed/kernel";

/** How far away the simulated bucket is: log-normal, with rare stalls. Milliseconds. */
export interface Distance {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of requests that stall, 0 to 1. */
  readonly stallShare: number;
  readonly stallMs: number;
}

/** S3 Standard in its own region, as requests for small objects see it. */
export const S3_DISTANCE: Distance = { p50Ms: 60, p99Ms: 200, stallShare: 0.001, stallMs: 1500 };

/** 99 % of a standard normal distribution are below this many standard deviations. */
const Z_99 = 2.326348;

/** Draws one delay after the other. The same seed gives the same sequence. */
export function delays({ p50Ms, p99Ms, stallShare, stallMs }: Distance, random: Random): () => number {
  const sigma = Math.log(p99Ms / p50Ms) / Z_99;
  return () => {
    const stalled = random.fraction() < stallShare;
    // Box and Muller; the first fraction must not be zero.
    const radius = Math.sqrt(-2 * Math.log(1 - random.fraction()));
    const normal = radius * Math.cos(2 * Math.PI * random.fraction());
    const usual = p50Ms * Math.exp(sigma * normal);
    return stalled ? Math.max(stallMs, usual) : usual;
  };
}
