import { ByteReader, ByteWriter, concatBytes, crc32c, malformed } from "@streambed/kernel";
import { checkpointPageKey, checkpointRootKey } from "./keys.ts";
import type { LogState } from "./log-state.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { encodeRootState, restoreRootState } from "./state-codec.ts";
import type { RowSumValue } from "./row-sum.ts";

/*
 * Objects of a checkpoint: 4 bytes magic ("SBK2" a root, "SBG2" a page), CRC-32C of the rest, the rest. A root holds
 * the list of its pages (number, entry of the checkpoint that wrote it, its checksum) and the fold without topics and
 * partitions, which are in the pages. A page that did not change since an older checkpoint is listed where it is.
 */
const ROOT_MAGIC = 0x53424b32;
const PAGE_MAGIC = 0x53424732;
const PREFIX_BYTES = 8;
const PAGE_REFERENCE_BYTES_MIN = 13;

/** Where a page is. */
export interface PageReference {
  readonly page: number;
  /** Entry of the checkpoint that wrote it. */
  readonly seq: number;
  readonly crc: number;
}

/** A root, with its state still undecoded. */
export interface CheckpointRoot {
  readonly pages: readonly PageReference[];
  /** Fills an empty state. Returns the checksum that the rows of all pages must have. */
  restore(state: LogState): RowSumValue;
}

interface Framed {
  readonly body: readonly Uint8Array[];
  readonly crc: number;
}

function frame(magic: number, content: Uint8Array): Framed {
  const prefix = new Uint8Array(PREFIX_BYTES);
  const view = new DataView(prefix.buffer);
  const crc = crc32c(content);
  view.setUint32(0, magic);
  view.setUint32(4, crc);
  return { body: [prefix, content], crc };
}

function unframe(magic: number, bytes: Uint8Array): { readonly content: Uint8Array; readonly crc: number } {
  if (bytes.length < PREFIX_BYTES) throw malformed("A part of a checkpoint is cut");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== magic) throw malformed("A part of a checkpoint has another format");
  const content = bytes.subarray(PREFIX_BYTES);
  const crc = view.getUint32(4);
  if (crc32c(content) !== crc) throw malformed("The checksum of a part of a checkpoint does not match");
  return { content, crc };
}

/** What a root holds of the fold. It is written down at once; the list of pages is added when they are written. */
export function encodeRootContent(state: LogState): Uint8Array {
  const writer = new ByteWriter(4096);
  encodeRootState(writer, state);
  return writer.finish();
}

/** The root object. */
export function encodeRoot(content: Uint8Array, pages: readonly PageReference[]): readonly Uint8Array[] {
  const writer = new ByteWriter();
  writer.unsignedVarint(pages.length);
  for (const { page, seq, crc } of pages) {
    writer.unsignedVarint(page);
    writer.safeInt64(seq);
    writer.uint32(crc);
  }
  return frame(ROOT_MAGIC, concatBytes([writer.finish(), content])).body;
}

/** Parses a root object. Throws `MALFORMED_BYTES`. */
export function decodeRoot(bytes: Uint8Array): CheckpointRoot {
  const reader = new ByteReader(unframe(ROOT_MAGIC, bytes).content);
  const count = reader.unsignedVarint();
  if (count > reader.remaining / PAGE_REFERENCE_BYTES_MIN) throw malformed(`A checkpoint claims ${count} pages`);
  const pages = Array.from({ length: count }, () => ({
    page: reader.unsignedVarint(),
    seq: reader.safeInt64(),
    crc: reader.uint32(),
  }));
  return { pages, restore: (state) => restoreRootState(reader, state) };
}

/** The page object around encoded partitions. */
export function encodePageObject(content: Uint8Array): Framed {
  return frame(PAGE_MAGIC, content);
}

/** The partitions in a page object, if it is the one that was meant. Throws `MALFORMED_BYTES`. */
export function decodePageObject(bytes: Uint8Array, reference: PageReference): ByteReader {
  const { content, crc } = unframe(PAGE_MAGIC, bytes);
  if (crc !== reference.crc) throw malformed(`Page ${reference.page} of a checkpoint is not the one its root lists`);
  return new ByteReader(content);
}

/** Checks a page object of which no root tells how it is listed. Throws `MALFORMED_BYTES`. */
export function checkPageObject(bytes: Uint8Array): void {
  unframe(PAGE_MAGIC, bytes);
}

/** Reads the root of the checkpoint at `seq`; undefined when there is none. Throws `MALFORMED_BYTES`. */
export async function readRoot(store: ObjectStore, shard: number, seq: number): Promise<CheckpointRoot | undefined> {
  const answer = await store.get(checkpointRootKey(shard, seq));
  return answer.found ? decodeRoot(answer.bytes) : undefined;
}

/**
 * Keys of all objects that the checkpoint at `seq` is made of, its root first: what may not be deleted as long as
 * somebody may start from it. Undefined when there is no such checkpoint. Throws `MALFORMED_BYTES`.
 */
export async function checkpointReferences(
  store: ObjectStore,
  shard: number,
  seq: number,
): Promise<readonly string[] | undefined> {
  const root = await readRoot(store, shard, seq);
  if (root === undefined) return undefined;
  const pages = root.pages.map((reference) => checkpointPageKey(shard, reference.seq, reference.page));
  return [checkpointRootKey(shard, seq), ...pages];
}
