const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * Murmur2 as Kafka's Java client uses it to choose a partition from a key (32-bit, fixed seed).
 *
 * @returns a signed 32-bit number, equal to `Utils.murmur2` in Java
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = Math.imul(view.getInt32(at, true), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const left = length - at;
  if (left >= 3) hash ^= view.getUint8(at + 2) << 16;
  if (left >= 2) hash ^= view.getUint8(at + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ view.getUint8(at), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
