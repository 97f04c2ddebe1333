import { murmur2, StreambedError } from "@streambed/kernel";

/** Bytes that an entry takes besides its key: offset, hash, place of the key, its share of slots and of what is free. */
const ENTRY_BYTES = 48;
const FIRST_ENTRIES = 1_024;
const KEY_CHUNK_BYTES = 64 * 1024;

/**
 * The last offset of each key in bounded memory (`log.cleaner.dedupe.buffer.size`). Kafka keeps a hash of a key; this
 * keeps the key itself, which takes about as much for usual keys and can never take one key for another.
 */
export class OffsetMap {
  readonly #bytesMax: number;
  #bytes = 0;
  #count = 0;
  #offsets = new Float64Array(FIRST_ENTRIES);
  #hashes = new Int32Array(FIRST_ENTRIES);
  /** Chunk, start and length of each key. */
  #places = new Int32Array(FIRST_ENTRIES * 3);
  /** Number of the entry plus one; 0 is free. Twice as many slots as there can be entries. */
  #slots = new Int32Array(FIRST_ENTRIES * 2);
  readonly #chunks: Uint8Array[] = [];
  #chunkUsed = 0;

  /** @param loadFactor share of the memory that is used (`log.cleaner.io.buffer.load.factor`) */
  constructor(memoryBytes: number, loadFactor: number) {
    this.#bytesMax = memoryBytes * loadFactor;
  }

  /** Number of keys. */
  get size(): number {
    return this.#count;
  }

  /** The last offset of a key; -1 when it was not seen. */
  get(key: Uint8Array): number {
    const entry = this.#slots[this.#slotOf(key, murmur2(key))] ?? 0;
    return entry === 0 ? -1 : (this.#offsets[entry - 1] ?? -1);
  }

  /**
   * Notes that `key` was seen at `offset`. False when there is no room for another key.
   *
   * @throws kind `limit`, code `DEDUPE_BUFFER_TOO_SMALL` when not even one key fits: nothing could ever be cleaned
   */
  put(key: Uint8Array, offset: number): boolean {
    const hash = murmur2(key);
    const slot = this.#slotOf(key, hash);
    const known = this.#slots[slot] ?? 0;
    if (known !== 0) {
      this.#offsets[known - 1] = offset;
      return true;
    }
    const bytes = ENTRY_BYTES + key.length;
    if (this.#bytes + bytes > this.#bytesMax) {
      if (this.#count === 0) throw tooSmall(key.length);
      return false;
    }
    this.#bytes += bytes;
    this.#offsets[this.#count] = offset;
    this.#hashes[this.#count] = hash;
    this.#keep(key);
    this.#count++;
    this.#slots[slot] = this.#count;
    if (this.#count === this.#offsets.length) this.#grow();
    return true;
  }

  /** Where a key is, or where it belongs. */
  #slotOf(key: Uint8Array, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) return slot;
      if (this.#hashes[entry - 1] === hash && this.#isKeyOf(entry - 1, key)) return slot;
    }
  }

  #isKeyOf(entry: number, key: Uint8Array): boolean {
    const chunk = this.#chunks[this.#places[entry * 3] ?? 0];
    const start = this.#places[entry * 3 + 1] ?? 0;
    if (chunk === undefined || this.#places[entry * 3 + 2] !== key.length) return false;
    for (let at = 0; at < key.length; at++) if (chunk[start + at] !== key[at]) return false;
    return true;
  }

  /** Keys are copied, many into one chunk: a view of a batch would keep all of the batch. */
  #keep(key: Uint8Array): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || key.length > chunk.length - this.#chunkUsed) {
      chunk = new Uint8Array(Math.max(KEY_CHUNK_BYTES, key.length));
      this.#chunks.push(chunk);
      this.#chunkUsed = 0;
    }
    chunk.set(key, this.#chunkUsed);
    this.#places.set([this.#chunks.length - 1, this.#chunkUsed, key.length], this.#count * 3);
    this.#chunkUsed += key.length;
  }

  #grow(): void {
    const hashes = new Int32Array(this.#count * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const offsets = new Float64Array(this.#count * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const places = new Int32Array(this.#count * 6);
    places.set(this.#places);
    this.#places = places;
    this.#slots = new Int32Array(this.#count * 4);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#count; entry++) {
      let slot = (hashes[entry] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }
}

function tooSmall(keyBytes: number): StreambedError {
  const message = `A key of ${keyBytes} bytes does not fit into log.cleaner.dedupe.buffer.size; the topic cannot be compacted until it is raised.`;
  return new StreambedError({ kind: "limit", code: "DEDUPE_BUFFER_TOO_SMALL", message });
}
