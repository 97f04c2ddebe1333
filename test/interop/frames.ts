/**
 * One record as bytes, the form in which data sets lie on disk and digests are computed, the same in every language:
 * little-endian int32 lengths, -1 for null. `key, value, headerCount, (name, value)...`
 */
export interface RecordContent {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

/** Writes frames into one growing buffer that callers may view until the next write. */
export class FrameWriter {
  #bytes: Buffer = Buffer.alloc(64 * 1024);
  #length = 0;

  /** The bytes since the last reset. Valid until the next call. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  reset(): this {
    this.#length = 0;
    return this;
  }

  record({ key, value, headers }: RecordContent): this {
    this.#bytesOrNull(key);
    this.#bytesOrNull(value);
    this.#int32(headers.length);
    for (const [name, content] of headers) {
      this.#bytesOrNull(Buffer.from(name, "utf8"));
      this.#bytesOrNull(content);
    }
    return this;
  }

  int64(value: bigint): this {
    this.#ensure(8);
    this.#length = this.#bytes.writeBigInt64LE(value, this.#length);
    return this;
  }

  #bytesOrNull(bytes: Buffer | null): void {
    if (bytes === null) {
      this.#int32(-1);
      return;
    }
    this.#int32(bytes.length);
    this.#ensure(bytes.length);
    this.#length += bytes.copy(this.#bytes, this.#length);
  }

  #int32(value: number): void {
    this.#ensure(4);
    this.#length = this.#bytes.writeInt32LE(value, this.#length);
  }

  #ensure(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads all records of a data set. */
export function* readFrames(bytes: Buffer): Generator<RecordContent> {
  let at = 0;
  const int32 = (): number => {
    const value = bytes.readInt32LE(at);
    at += 4;
    return value;
  };
  const blob = (): Buffer | null => {
    const length = int32();
    if (length < 0) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = blob();
    const value = blob();
    const headers = Array.from({ length: int32() }, () => [blob()?.toString("utf8") ?? "", blob()] as const);
    yield { key, value, headers };
  }
}
