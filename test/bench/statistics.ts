/** The value that `fraction` of the samples do not exceed (nearest rank); NaN without samples. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const rank = Math.max(Math.ceil(sorted.length * fraction), 1);
  return sorted[rank - 1] ?? Number.NaN;
}

/** The middle of the samples, or the mean of the two in the middle; NaN without samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  return upper === undefined || lower === undefined ? Number.NaN : (upper + lower) / 2;
}
