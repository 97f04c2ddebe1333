const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const TABLES = buildTables();

/** Eight tables of 256 words, so that eight input bytes cost eight look-ups and no branch. */
function buildTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let word = byte;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ POLYNOMIAL : word >>> 1;
    tables[byte] = word;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const previous = tables[(slice - 1) * 256 + byte] ?? 0;
      tables[slice * 256 + byte] = (previous >>> 8) ^ (tables[previous & 0xff] ?? 0);
    }
  }
  return tables;
}

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of Kafka's record batches.
 *
 * @param bytes the input
 * @param previous the result so far, to continue over several chunks
 * @returns an unsigned 32-bit number
 * @example crc32c(new TextEncoder().encode("123456789")) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const table = TABLES;
  const length = bytes.length;
  const aligned = length - (length % SLICES);
  let crc = ~previous;
  let at = 0;
  /* oxlint-disable typescript/no-non-null-assertion -- the indexes are in range by construction; this loop is the hot path of every produce */
  while (at < aligned) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      table[1792 + (low & 0xff)]! ^
      table[1536 + ((low >>> 8) & 0xff)]! ^
      table[1280 + ((low >>> 16) & 0xff)]! ^
      table[1024 + (low >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
    at += SLICES;
  }
  while (at < length) {
    crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!;
    at++;
  }
  /* oxlint-enable typescript/no-non-null-assertion */
  return ~crc >>> 0;
}
