import { byteLength, ByteReader, ByteWriter, concatBytes, crc32c, hasCode, malformed } from "@streambed/kernel";
import type { Logger } from "@streambed/kernel";
import { addIndexPage, encodeIndexPage } from "./index-page.ts";
import { checkpointPrefix, checkpointRootKey, indexPageKey } from "./keys.ts";
import { INDEX_PAGES_MAX } from "./limits.ts";
import type { LogState } from "./log-state.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { readPointer, swapPointer } from "./pointer.ts";
import { encodeState, restoreState } from "./state-codec.ts";

/*
 * A checkpoint at entry S: a root object (magic "SBK1", CRC-32C, the fold without its run index, the list of index
 * pages) and one page with the runs since the checkpoint before. Both are immutable and the same whoever writes them.
 * The pointer only says where to look first.
 */
const MAGIC = 0x53424b31;
const ROOT_PREFIX_BYTES = 8;

/** Entries `from + 1` to `to` are indexed by a page. */
interface PageRange {
  readonly from: number;
  readonly to: number;
}

/** Writes and finds checkpoints of one shard. */
export class Checkpoints {
  readonly #store: ObjectStore;
  readonly #shard: number;
  readonly #logger: Logger;
  #pages: readonly PageRange[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(store: ObjectStore, shard: number, logger: Logger) {
    this.#store = store;
    this.#shard = shard;
    this.#logger = logger;
  }

  /**
   * Encodes the state as it is now and writes it in the background, pages before root before pointer. A failure costs
   * nothing but a longer replay, so it is only logged.
   */
  save(state: LogState): void {
    const to = state.seq;
    const merge = this.#pages.length >= INDEX_PAGES_MAX;
    const from = merge ? -1 : (this.#pages.at(-1)?.to ?? -1);
    const page = encodeIndexPage(state, from);
    const pages = [...(merge ? [] : this.#pages), { from, to }];
    const root = encodeRoot(state, pages);
    this.#pages = pages;
    this.#writing = this.#writing
      .then(() => this.#write({ from, to }, page, root))
      .catch((error: unknown) => {
        this.#logger.log("warn", "checkpoint-failed", { shard: this.#shard, seq: to, error: String(error) });
      });
  }

  /** Resolves when nothing is being written any more. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #write(range: PageRange, page: readonly Uint8Array[], root: readonly Uint8Array[]): Promise<void> {
    const absent = { condition: { kind: "absent" } } as const;
    await this.#store.put(indexPageKey(this.#shard, range.from, range.to), page, absent);
    await this.#store.put(checkpointRootKey(this.#shard, range.to), root, absent);
    await this.#advancePointer(range.to);
  }

  /** Never moves the pointer back; a lost race means that somebody else moved it. */
  async #advancePointer(checkpointSeq: number): Promise<void> {
    const current = await readPointer(this.#store, this.#shard);
    const known = current.pointer;
    if (known !== undefined && known.checkpointSeq >= checkpointSeq) return;
    const { gcFloor, floorSinceMs } = known ?? { gcFloor: -1, floorSinceMs: 0 };
    await swapPointer(this.#store, this.#shard, current, { checkpointSeq, gcFloor, floorSinceMs });
  }

  /** Fills an empty state from the newest checkpoint. Without one, or with a broken one, the log is replayed instead. */
  async restore(makeState: () => LogState): Promise<LogState> {
    for (const seq of await this.#candidates()) {
      try {
        const state = makeState();
        if (await this.#restoreAt(seq, state)) return state;
      } catch (error) {
        if (!hasCode(error, "MALFORMED_BYTES")) throw error;
        this.#logger.log("warn", "checkpoint-unreadable", { shard: this.#shard, seq, error: error.message });
      }
    }
    this.#pages = [];
    return makeState();
  }

  async #candidates(): Promise<number[]> {
    const { pointer } = await readPointer(this.#store, this.#shard);
    return pointer === undefined ? this.#listRoots() : [pointer.checkpointSeq];
  }

  /** The pointer is a hint: when it is missing, the newest root that a listing shows is used. */
  async #listRoots(): Promise<number[]> {
    const seqs: number[] = [];
    let after: string | undefined;
    do {
      const page = await this.#store.list({
        prefix: checkpointPrefix(this.#shard),
        ...(after === undefined ? {} : { after }),
      });
      for (const { key } of page.objects) {
        const match = /\/([0-9a-f]{16})\/root$/.exec(key);
        if (match?.[1] !== undefined) seqs.push(Number.parseInt(match[1], 16));
      }
      after = page.next;
    } while (after !== undefined);
    return seqs.toReversed().slice(0, 3);
  }

  async #restoreAt(seq: number, state: LogState): Promise<boolean> {
    const root = await this.#store.get(checkpointRootKey(this.#shard, seq));
    if (!root.found) return false;
    const reader = openRoot(root.bytes);
    restoreState(reader, state);
    const pages = readPages(reader);
    const bodies = await Promise.all(pages.map(({ from, to }) => this.#store.get(indexPageKey(this.#shard, from, to))));
    for (const body of bodies) {
      if (!body.found) throw malformed(`Checkpoint ${seq} lists an index page that is missing`);
      addIndexPage(state, body.bytes);
    }
    this.#pages = pages;
    return true;
  }
}

function encodeRoot(state: LogState, pages: readonly PageRange[]): readonly Uint8Array[] {
  const writer = new ByteWriter(4096);
  encodeState(writer, state);
  writer.unsignedVarint(pages.length);
  for (const { from, to } of pages) {
    writer.safeInt64(from);
    writer.safeInt64(to);
  }
  const body = concatBytes(writer.chunks());
  const prefix = new Uint8Array(ROOT_PREFIX_BYTES);
  const view = new DataView(prefix.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, crc32c(body));
  return [prefix, body];
}

function openRoot(bytes: Uint8Array): ByteReader {
  if (byteLength([bytes]) < ROOT_PREFIX_BYTES) throw malformed("A checkpoint root is cut");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) throw malformed("A checkpoint root has another format");
  const body = bytes.subarray(ROOT_PREFIX_BYTES);
  if (crc32c(body) !== view.getUint32(4)) throw malformed("The checksum of a checkpoint root does not match");
  return new ByteReader(body);
}

function readPages(reader: ByteReader): PageRange[] {
  const count = reader.unsignedVarint();
  if (count > reader.remaining / 16) throw malformed(`A checkpoint claims ${count} pages`);
  return Array.from({ length: count }, () => ({ from: reader.safeInt64(), to: reader.safeInt64() }));
}
