import { crc32c } from "@streambed/kernel";
import { MAGIC, MAGIC_AT } from "./batch-layout.ts";

/*
 * The checksum of a Kafka record batch covers what comes behind it. Base offset, length, leader epoch, magic number and
 * the checksum itself, the first 21 bytes, are covered by nothing, and in a pack they are the only place where a
 * batch's offset stands. So packs hold them sealed: 14 bits of a CRC-32C of the 21 bytes stand where nothing else can,
 * 7 in the first byte (zero in every offset below 2^56) and 7 in the magic number (always 2), each below a set bit. A
 * sealed batch is as long as before, differs from an open one in at least two bits, and no reader takes it for one.
 */
const FLAG = 0x80;
const CHECK_BITS = 0x7f;

/** Bytes at the beginning of a batch that its seal covers. */
export const SEALED_BYTES = 21;

/**
 * Seals the head of a batch, in place.
 *
 * @param head at least the first {@link SEALED_BYTES} bytes of a batch of magic 2 with its final base offset
 */
export function sealBatch(head: Uint8Array): void {
  const check = crc32c(head.subarray(0, SEALED_BYTES));
  head[0] = FLAG | (check & CHECK_BITS);
  head[MAGIC_AT] = FLAG | ((check >>> 7) & CHECK_BITS);
}

/**
 * Makes a sealed batch what it was, in place; once opened, or never sealed (packs of older versions), it stays as it is.
 * False when its head is not what was sealed; then it is left alone.
 */
export function openBatch(batch: Uint8Array): boolean {
  const [first, magic] = [batch[0] ?? 0, batch[MAGIC_AT] ?? 0];
  if (first === 0 && magic === MAGIC) return true;
  if ((first & magic & FLAG) === 0) return false;
  batch[0] = 0;
  batch[MAGIC_AT] = MAGIC;
  const check = crc32c(batch.subarray(0, SEALED_BYTES));
  if ((first & CHECK_BITS) === (check & CHECK_BITS) && (magic & CHECK_BITS) === ((check >>> 7) & CHECK_BITS))
    return true;
  batch[0] = first;
  batch[MAGIC_AT] = magic;
  return false;
}
