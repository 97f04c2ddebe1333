/** An inclusive range of message versions; `null` stands for "none". */
export interface VersionRange {
  readonly from: number;
  readonly to: number;
}

const OPEN_END = 32_767;

/** Parses `3`, `0-4`, `12+` or `none`. */
export function parseRange(text: string): VersionRange | null {
  if (text === "none") return null;
  const match = /^(\d+)(?:-(\d+)|(\+))?$/.exec(text);
  if (match === null) throw new Error(`Not a version range: ${text}`);
  const from = Number(match[1]);
  if (match[3] === "+") return { from, to: OPEN_END };
  return { from, to: match[2] === undefined ? from : Number(match[2]) };
}

/** The versions that are in both. */
export function intersect(left: VersionRange | null, right: VersionRange | null): VersionRange | null {
  if (left === null || right === null) return null;
  const from = Math.max(left.from, right.from);
  const to = Math.min(left.to, right.to);
  return from > to ? null : { from, to };
}

/** The smallest range that holds both. */
export function hull(left: VersionRange | null, right: VersionRange): VersionRange {
  if (left === null) return right;
  return { from: Math.min(left.from, right.from), to: Math.max(left.to, right.to) };
}

/** True when `range` has every version of `outer`. */
export function covers(range: VersionRange | null, outer: VersionRange): boolean {
  return range !== null && range.from <= outer.from && range.to >= outer.to;
}

/** An expression over `version` that is true inside the range, given that `version` is inside `outer`. */
export function condition(range: VersionRange | null, outer: VersionRange): string {
  const inner = intersect(range, outer);
  if (inner === null) return "false";
  if (covers(inner, outer)) return "true";
  if (inner.from === inner.to) return `version === ${inner.from}`;
  const parts: string[] = [];
  if (inner.from > outer.from) parts.push(`version >= ${inner.from}`);
  if (inner.to < outer.to) parts.push(`version <= ${inner.to}`);
  return parts.join(" && ");
}

/** The opposite of {@link condition}, without a needless double negation. */
export function negation(text: string): string {
  if (text === "true") return "false";
  if (text === "false") return "true";
  const single = /^version (>=|<=|===) (\d+)$/.exec(text);
  if (single === null) return `!(${text})`;
  const opposite = { ">=": "<", "<=": ">", "===": "!==" }[String(single[1])];
  return `version ${opposite} ${single[2]}`;
}
