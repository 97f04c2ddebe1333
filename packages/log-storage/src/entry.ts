import type { Command } from "./command.ts";

/** Id of "nothing before": predecessor of the first entry. */
export const NO_ENTRY = "00000000-0000-0000-0000-000000000000";

/** A batch as the header of an entry describes it. */
export interface EntryBatch {
  readonly topicId: string;
  readonly partition: number;
  /** Where its bytes are in the object, bytes from the start. */
  readonly position: number;
  readonly length: number;
  /** Offsets it takes. */
  readonly recordCount: number;
  readonly maxTimestampMs: number;
  /** -1 when the producer is not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** Bytes are part of the header section, so a replay sees them: internal topics. */
  readonly inline: boolean;
}

/** What an entry says about itself. */
export interface EntryHeader {
  readonly shard: number;
  readonly seq: number;
  readonly epoch: number;
  readonly entryId: string;
  /** Id of the valid entry before this one, as its writer knew it. */
  readonly prevEntryId: string;
  /** Highest number the writer knew to be committed; a later hole at or below it is damage. */
  readonly committedSeq: number;
  readonly writerId: string;
  /** Never below the entry before; not used for ordering. */
  readonly timestampMs: number;
}

/** An entry without its payload. */
export interface Entry {
  readonly header: EntryHeader;
  readonly commands: readonly Command[];
  readonly batches: readonly EntryBatch[];
  /** The header section, which holds the bytes of inline batches. Positions count from the start of the object. */
  readonly section: Uint8Array;
}
