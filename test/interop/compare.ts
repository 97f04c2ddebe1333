import type { KeyChain } from "./data-set.ts";
import type { TopicDigest } from "./digest.ts";

/** What was written to a topic, as far as it can be known without reading. */
export interface Expectation {
  readonly records: number;
  /** Undefined for writers without keys. */
  readonly chains: ReadonlyMap<string, KeyChain> | undefined;
  readonly bytes: number;
}

const NAMED_DIFFERENCES_MAX = 3;

/**
 * Every way in which a reader's view differs from what was written and from another reader's view. Empty means: same
 * count, same bytes and order per key, dense offsets from zero, and the same content at the same offsets and times.
 */
export function differences(seen: TopicDigest, expected: Expectation, reference: TopicDigest | undefined): string[] {
  const found: string[] = [];
  if (seen.records !== expected.records) found.push(`${seen.records} records instead of ${expected.records}`);
  if (seen.bytes !== expected.bytes) found.push(`${seen.bytes} bytes instead of ${expected.bytes}`);
  if (seen.strays > 0) found.push(`${seen.strays} records outside their key's partition`);
  for (const [partition, [, first, , gaps]] of Object.entries(seen.partitions)) {
    if (first !== 0) found.push(`partition ${partition} starts at ${first}`);
    if (gaps > 0) found.push(`partition ${partition} has ${gaps} gaps`);
  }
  if (expected.chains !== undefined) found.push(...wrongKeys(seen, expected.chains));
  if (reference !== undefined) found.push(...wrongPartitions(seen, reference));
  return found;
}

function wrongKeys(seen: TopicDigest, chains: ReadonlyMap<string, KeyChain>): string[] {
  const wrong: string[] = [];
  for (const [key, { count, chain }] of chains) {
    const [, seenCount, seenChain] = seen.keys[key] ?? [0, 0, 0];
    if (seenCount !== count) wrong.push(`key ${text(key)}: ${seenCount} records instead of ${count}`);
    else if (seenChain !== chain) wrong.push(`key ${text(key)}: other bytes or another order`);
  }
  for (const key of Object.keys(seen.keys)) if (!chains.has(key)) wrong.push(`key ${text(key)} was never written`);
  return shortened(wrong);
}

function wrongPartitions(seen: TopicDigest, reference: TopicDigest): string[] {
  const wrong: string[] = [];
  for (const partition of new Set([...Object.keys(seen.partitions), ...Object.keys(reference.partitions)])) {
    const [ours, theirs] = [seen.partitions[partition], reference.partitions[partition]];
    if (ours?.join() !== theirs?.join()) wrong.push(`partition ${partition} differs from the reference reader's`);
  }
  return shortened(wrong);
}

function shortened(wrong: string[]): string[] {
  if (wrong.length <= NAMED_DIFFERENCES_MAX) return wrong;
  return [...wrong.slice(0, NAMED_DIFFERENCES_MAX), `and ${wrong.length - NAMED_DIFFERENCES_MAX} more`];
}

function text(hexKey: string): string {
  return Buffer.from(hexKey, "hex").toString("utf8");
}
