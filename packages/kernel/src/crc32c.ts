const POLYNOMIAL = 0x82f63b78;
const SLICES = 16;
const TABLE = buildTable();
/** Below this many bytes setting up a word view costs more than it saves. */
const WORDS_FROM_BYTES = 64;
/** The word loop reads the machine's own byte order; all platforms we run on are little-endian, others take the byte loop. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * Sixteen tables of 256 words ("slicing by 16"), so that sixteen input bytes cost sixteen look-ups and no branch. Slice n
 * begins at n * 0x100 of one array: sixteen arrays in variables of a bundled module are sixteen to load and to check.
 */
function buildTable(): Int32Array {
  const table = new Int32Array(SLICES * 0x100);
  for (let byte = 0; byte < 0x100; byte++) {
    let word = byte;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ POLYNOMIAL : word >>> 1;
    table[byte] = word;
  }
  for (let at = 0x100; at < table.length; at++) {
    const previous = table[at - 0x100] ?? 0;
    table[at] = (previous >>> 8) ^ (table[previous & 0xff] ?? 0);
  }
  return table;
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
  for (let at = from; at < to; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

/** The first word of each block comes last, for it alone waits for the block before. */
function wordwise(start: number, words: Int32Array): number {
  const table = TABLE;
  const count = words.length;
  let crc = start;
  for (let at = 0; at < count; at += 4) {
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    const rest =
      table[0xb00 | (b & 0xff)]! ^ table[0xa00 | ((b >>> 8) & 0xff)]! ^ table[0x900 | ((b >>> 16) & 0xff)]! ^ table[0x800 | (b >>> 24)]! ^
      table[0x700 | (c & 0xff)]! ^ table[0x600 | ((c >>> 8) & 0xff)]! ^ table[0x500 | ((c >>> 16) & 0xff)]! ^ table[0x400 | (c >>> 24)]! ^
      table[0x300 | (d & 0xff)]! ^ table[0x200 | ((d >>> 8) & 0xff)]! ^ table[0x100 | ((d >>> 16) & 0xff)]! ^ table[d >>> 24]!; // prettier-ignore
    const a = crc ^ words[at]!;
    crc = rest ^
      table[0xf00 | (a & 0xff)]! ^ table[0xe00 | ((a >>> 8) & 0xff)]! ^ table[0xd00 | ((a >>> 16) & 0xff)]! ^ table[0xc00 | (a >>> 24)]!; // prettier-ignore
  }
  return crc;
}
/* oxlint-enable typescript/no-non-null-assertion */
