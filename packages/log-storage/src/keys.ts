/** Names of objects in a bucket. Numbers are fixed-width hex, so that listing order is numeric order. */
const hex16 = (value: number): string => value.toString(16).padStart(16, "0");

/** Created once: format version, cluster id, shard count. */
export const CLUSTER_KEY = "cluster.json";

/** Prefix of all entries of a shard. */
export function logPrefix(shard: number): string {
  return `log/${shard}/`;
}

/** Entry `seq` of a shard. */
export function entryKey(shard: number, seq: number): string {
  return logPrefix(shard) + hex16(seq);
}

/** The number in an entry's key, or undefined for a key that is none. */
export function seqOfEntryKey(shard: number, key: string): number | undefined {
  const name = key.slice(logPrefix(shard).length);
  return /^[0-9a-f]{16}$/.test(name) ? Number.parseInt(name, 16) : undefined;
}

/** The only mutable object of a shard: a hint where the newest checkpoint is, and the GC floor. */
export function pointerKey(shard: number): string {
  return `ptr/${shard}`;
}

/** Root of the checkpoint at `seq`. */
export function checkpointRootKey(shard: number, seq: number): string {
  return `ckpt/${shard}/${hex16(seq)}/root`;
}

/** Page of the checkpoint at `seq`; later checkpoints refer to it as long as it does not change. */
export function checkpointPageKey(shard: number, seq: number, page: number): string {
  return `ckpt/${shard}/${hex16(seq)}/page-${page}`;
}

/** Prefix of all checkpoints of a shard. */
export function checkpointPrefix(shard: number): string {
  return `ckpt/${shard}/`;
}

/** Entry of the checkpoint that an object under {@link checkpointPrefix} was written with; undefined for other keys. */
export function seqOfCheckpointKey(shard: number, key: string): number | undefined {
  const match = /^([0-9a-f]{16})\/(?:root|page-\d+)$/.exec(key.slice(checkpointPrefix(shard).length));
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
}

/** Prefix of all packs of a shard. */
export function packPrefix(shard: number): string {
  return `seg/${shard}/`;
}

/** A pack. */
export function packKey(shard: number, pack: { readonly level: number; readonly packId: string }): string {
  return `${packPrefix(shard)}${pack.level}/${pack.packId}`;
}
