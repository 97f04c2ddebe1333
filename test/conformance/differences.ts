/** A place in the answers where two peers differ. */
export interface Difference {
  readonly path: string;
  readonly kafka: unknown;
  readonly ours: unknown;
}

/** All differences between two normalized answers, by path. A part that only one has is one difference. */
export function differencesOf(kafka: unknown, ours: unknown, path = ""): Difference[] {
  if (isBranch(kafka) && isBranch(ours)) {
    const names = new Set([...Object.keys(kafka), ...Object.keys(ours)]);
    return [...names].flatMap((name) => differencesOf(kafka[name], ours[name], `${path}/${name}`));
  }
  return JSON.stringify(kafka) === JSON.stringify(ours) ? [] : [{ path, kafka, ours }];
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
