import { byteLength, ByteReader, ByteWriter, concatBytes, crc32c, hasCode, malformed } from "@streambed/kernel";
import type { Logger } from "@streambed/kernel";
import { checkpointPrefix, checkpointRootKey } from "./keys.ts";
import type { LogState } from "./log-state.ts";
import { encodePage, PageLoader } from "./page-codec.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { readPointer, swapPointer } from "./pointer.ts";
import type { PointerRead } from "./pointer.ts";
import { assertComplete, encodeRootState, restoreRootState } from "./state-codec.ts";

/*
 * A checkpoint at entry S: a root object (magic "SBK2", CRC-32C, the fold). It is immutable and the same whoever writes
 * it. The pointer only says where to look first.
 */
const MAGIC = 0x53424b32;
const ROOT_PREFIX_BYTES = 8;

/** Writes and finds checkpoints of one shard. */
export class Checkpoints {
  readonly #store: ObjectStore;
  readonly #shard: number;
  readonly #logger: Logger;
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
    const seq = state.seq;
    const root = encodeRoot(state);
    this.#writing = this.#writing
      .then(() => this.#write(seq, root))
      .catch((error: unknown) => {
        this.#logger.log("warn", "checkpoint-failed", { shard: this.#shard, seq, error: String(error) });
      });
  }

  /** Resolves when nothing is being written any more. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #write(seq: number, root: readonly Uint8Array[]): Promise<void> {
    await this.#store.put(checkpointRootKey(this.#shard, seq), root, { condition: { kind: "absent" } });
    await this.#advancePointer(seq);
  }

  /** Never moves the pointer back; a lost race means that somebody else moved it. */
  async #advancePointer(checkpointSeq: number): Promise<void> {
    const current = await readPointer(this.#store, this.#shard);
    const known = current.pointer;
    if (known !== undefined && known.checkpointSeq >= checkpointSeq) return;
    const { gcFloor, floorSinceMs } = known ?? { gcFloor: -1, floorSinceMs: 0 };
    await swapPointer(this.#store, this.#shard, current, { checkpointSeq, gcFloor, floorSinceMs });
  }

  /**
   * Fills an empty state from the newest checkpoint: `pointer` is what was read just now. Without one, or with a broken
   * one, the log is replayed instead.
   */
  async restore({ pointer }: PointerRead, makeState: () => LogState): Promise<LogState> {
    for (const seq of pointer === undefined ? await this.#listRoots() : [pointer.checkpointSeq]) {
      try {
        const state = makeState();
        if (await this.#restoreAt(seq, state)) return state;
      } catch (error) {
        if (!hasCode(error, "MALFORMED_BYTES")) throw error;
        this.#logger.log("warn", "checkpoint-unreadable", { shard: this.#shard, seq, error: error.message });
      }
    }
    return makeState();
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
    const sum = restoreRootState(reader, state);
    const pages = new PageLoader(state);
    const count = reader.unsignedVarint();
    for (let page = 0; page < count; page++) pages.add(reader, page, seq);
    pages.finish();
    assertComplete(state, sum);
    return true;
  }
}

function encodeRoot(state: LogState): readonly Uint8Array[] {
  const writer = new ByteWriter(4096);
  encodeRootState(writer, state);
  const { pages } = state.rows.partitions;
  writer.unsignedVarint(pages);
  for (let page = 0; page < pages; page++) encodePage(writer, state, page);
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
