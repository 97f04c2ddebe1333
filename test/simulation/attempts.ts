import { crc32c, utf8 } from "@streambed/kernel";
import type { BatchInput } from "@streambed/log-storage";
import { encodeRecordBatch } from "@streambed/protocol";

/** Who sends a batch, for an idempotent producer. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/**
 * One batch that a client has sent at least once. An idempotent producer sends the same one again; a plain producer
 * that tries again makes a new one, so none may ever be stored twice.
 */
export interface Attempt {
  readonly number: number;
  readonly client: string;
  readonly topicId: string;
  readonly partition: number;
  readonly recordCount: number;
  /** As the client made it; copies are sent, because a broker stamps what it is given. */
  readonly bytes: Uint8Array;
  readonly identity: ProducerIdentity | undefined;
  readonly baseSequence: number;
  readonly inline: boolean;
  readonly maxTimestampMs: number;
  readonly records: readonly AttemptRecord[];
  /** How often the log holds it. */
  stored: number;
  /** The client was told that it is stored, at this offset. */
  ackedAt: number | undefined;
  /** The client was told for certain that it is not stored and never will be. */
  refused: boolean;
}

/** A record as its client made it; a value of null is a tombstone. */
export interface AttemptRecord {
  readonly key: string | undefined;
  readonly value: string | null;
}

/** What a client wants to send. */
export interface AttemptInput {
  readonly client: string;
  readonly topicId: string;
  readonly partition: number;
  readonly recordCount: number;
  /** Empty: records without keys. */
  readonly keys: readonly string[];
  /** Records at these places delete their keys. */
  readonly tombstones?: readonly number[];
  readonly timestampMs: number;
  readonly identity?: ProducerIdentity;
  readonly baseSequence?: number;
  readonly inline?: boolean;
}

const CRC_AT = 17;

/** All batches that clients have made, found again by their checksum, which no copy on its way can lose. */
export class Attempts {
  readonly all: Attempt[] = [];
  readonly #byCrc = new Map<number, Attempt>();

  make(input: AttemptInput): Attempt {
    const { client, topicId, partition, recordCount, timestampMs, identity, baseSequence = -1, inline = false } = input;
    const number = this.all.length;
    for (let salt = 0; salt < 100; salt++) {
      const records = makeRecords(input, `${client}#${number}${salt === 0 ? "" : `+${salt}`}`);
      const bytes = encode(input, records);
      const crc = crcOf(bytes);
      if (this.#byCrc.has(crc)) continue;
      const attempt: Attempt = {
        number, client, topicId, partition, recordCount, bytes, identity, baseSequence, inline,
        maxTimestampMs: timestampMs, records, stored: 0, ackedAt: undefined, refused: false,
      }; // prettier-ignore
      this.all.push(attempt);
      this.#byCrc.set(crc, attempt);
      return attempt;
    }
    throw new Error("A batch needs a record with a value, or it is like others");
  }

  /** Whose bytes these are; undefined when they are nobody's or damaged. */
  find(batch: Uint8Array): Attempt | undefined {
    if (batch.length < 61) return undefined;
    const crc = crcOf(batch);
    return crc32c(batch.subarray(CRC_AT + 4)) === crc ? this.#byCrc.get(crc) : undefined;
  }
}

/** The attempt as an append wants it, with bytes of its own. */
export function toBatchInput(attempt: Attempt): BatchInput {
  const { topicId, partition, recordCount, identity, baseSequence, inline, maxTimestampMs } = attempt;
  return {
    topicId,
    partition,
    recordCount,
    bytes: attempt.bytes.slice(),
    maxTimestampMs,
    producerId: identity?.producerId ?? -1,
    producerEpoch: identity?.producerEpoch ?? -1,
    baseSequence,
    inline,
  };
}

function makeRecords({ recordCount, keys, tombstones = [] }: AttemptInput, name: string): AttemptRecord[] {
  return Array.from({ length: recordCount }, (_, at) => ({
    key: keys[at],
    value: tombstones.includes(at) ? null : `${name}/${at}`,
  }));
}

function encode(input: AttemptInput, records: readonly AttemptRecord[]): Uint8Array {
  const { timestampMs, identity, baseSequence = -1 } = input;
  return encodeRecordBatch({
    records: records.map(({ key, value }) => ({
      key: key === undefined ? null : utf8(key),
      value: value === null ? null : utf8(value),
      timestamp: timestampMs,
    })),
    producerId: identity?.producerId,
    producerEpoch: identity?.producerEpoch,
    baseSequence,
  });
}

function crcOf(batch: Uint8Array): number {
  return new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getUint32(CRC_AT);
}
