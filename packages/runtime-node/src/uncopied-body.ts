import { Readable } from "node:stream";
import { byteLength, concatBytes } from "@streambed/kernel";
import { BODY_CHUNK_BYTES_MIN } from "./limits.ts";

/**
 * Chunks as the body of a request by the AWS SDK, which hands a stream its connection and wants everything else in one
 * array: a copy, memory for it, and garbage collections. Chunks that are small on average are joined nevertheless, for a
 * connection's work is by chunk. The chunks must not change while the request is under way.
 *
 * @example s3Store({ bucket: "my-bucket", toBody: uncopiedBody })
 */
export function uncopiedBody(chunks: readonly Uint8Array[]): Uint8Array | Readable {
  const isFine = chunks.length === 1 || byteLength(chunks) < chunks.length * BODY_CHUNK_BYTES_MIN;
  return isFine ? concatBytes(chunks) : new UncopiedBody(chunks);
}

/** Written in one go, so that the chunks leave with one call of the system; not to be read any other way. */
class UncopiedBody extends Readable {
  readonly #chunks: readonly Uint8Array[];

  constructor(chunks: readonly Uint8Array[]) {
    super();
    this.#chunks = chunks;
  }

  override pipe<Destination extends NodeJS.WritableStream>(destination: Destination): Destination {
    for (const chunk of this.#chunks) if (chunk.length > 0) destination.write(chunk);
    destination.end();
    return destination;
  }
}
