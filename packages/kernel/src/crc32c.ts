const POLYNOMIAL = 0x82f63b78;
const SLICES = 16;
const TABLES = buildTables();
const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15] = TABLES;
/** Below this many bytes setting up a word view costs more than it saves. */
const WORDS_FROM_BYTES = 64;
/** The word loop reads the machine's own byte order; all platforms we run on are little-endian, others take the byte loop. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

type Tables = readonly [
  Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array,
  Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array,
]; // prettier-ignore

/** Sixteen tables of 256 words ("slicing by 16"), so that sixteen input bytes cost sixteen look-ups and no branch. */
function buildTables(): Tables {
  const first = new Int32Array(256);
  const tables = [first, ...Array.from({ length: SLICES - 1 }, () => new Int32Array(256))];
  for (let byte = 0; byte < 256; byte++) {
    let word = byte;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ POLYNOMIAL : word >>> 1;
    first[byte] = word;
  }
  for (const [slice, table] of tables.entries()) {
    if (slice === 0) continue;
    for (let byte = 0; byte < 256; byte++) {
      const previous = tables[slice - 1]?.[byte] ?? 0;
      table[byte] = (previous >>> 8) ^ (first[previous & 0xff] ?? 0);
    }
  }
  return tables as unknown as Tables; // The length above is the tuple's.
}

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of Kafka's record batches.
 *
 * @param bytes the input
 * @param previous the result so far, to continue over several chunks
 * @returns an unsigned 32-bit number
 * @example crc32c(new TextEncoder().encode("123456789")) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array, previous: number = 0): number {
  let crc = ~previous;
  if (bytes.length < WORDS_FROM_BYTES || !IS_LITTLE_ENDIAN) return ~bytewise(crc, bytes, 0, bytes.length) >>> 0;
  const lead = (4 - (bytes.byteOffset & 3)) & 3;
  crc = bytewise(crc, bytes, 0, lead);
  const blocks = (bytes.length - lead) >>> 4;
  crc = wordwise(crc, new Int32Array(bytes.buffer, bytes.byteOffset + lead, blocks * 4));
  return ~bytewise(crc, bytes, lead + blocks * 16, bytes.length) >>> 0;
}

/* oxlint-disable typescript/no-non-null-assertion -- indexes are in range by construction; this is the hot path of every produce */
function bytewise(start: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = start;
  for (let at = from; at < to; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

function wordwise(start: number, words: Int32Array): number {
  let crc = start;
  for (let at = 0; at < words.length; at += 4) {
    const a = crc ^ words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    crc =
      T15[a & 0xff]! ^ T14[(a >>> 8) & 0xff]! ^ T13[(a >>> 16) & 0xff]! ^ T12[a >>> 24]! ^
      T11[b & 0xff]! ^ T10[(b >>> 8) & 0xff]! ^ T9[(b >>> 16) & 0xff]! ^ T8[b >>> 24]! ^
      T7[c & 0xff]! ^ T6[(c >>> 8) & 0xff]! ^ T5[(c >>> 16) & 0xff]! ^ T4[c >>> 24]! ^
      T3[d & 0xff]! ^ T2[(d >>> 8) & 0xff]! ^ T1[(d >>> 16) & 0xff]! ^ T0[d >>> 24]!; // prettier-ignore
  }
  return crc;
}
/* oxlint-enable typescript/no-non-null-assertion */
