import { ByteReader, ByteWriter } from "@streambed/kernel";
import {
  decodeControlRecordTypeSchema,
  encodeControlRecordTypeSchema,
} from "../generated/data/control-record-type-schema.ts";
import { decodeEndTxnMarker, encodeEndTxnMarker } from "../generated/data/end-txn-marker.ts";
import { encodeRecordBatch } from "./encode-record-batch.ts";
import type { RecordView } from "./iterate-records.ts";

/** Type numbers of control records; others (leader changes, snapshots) never reach a client's topic. */
const ABORT = 0;
const COMMIT = 1;
const VERSION = 0;

/** What {@link encodeTransactionMarker} takes. */
export interface TransactionMarkerInput {
  readonly result: "commit" | "abort";
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** Default 0. */
  readonly baseOffset?: number | undefined;
  /** Default -1. */
  readonly partitionLeaderEpoch?: number | undefined;
}

/** The control batch that ends a transaction in a partition. */
export function encodeTransactionMarker(input: TransactionMarkerInput): Uint8Array {
  const key = new ByteWriter();
  key.int16(VERSION);
  encodeControlRecordTypeSchema(key, { type: input.result === "commit" ? COMMIT : ABORT }, VERSION);
  const value = new ByteWriter();
  value.int16(VERSION);
  encodeEndTxnMarker(value, { coordinatorEpoch: input.coordinatorEpoch }, VERSION);
  return encodeRecordBatch({
    records: [{ key: key.finish(), value: value.finish(), timestamp: input.timestamp }],
    baseOffset: input.baseOffset,
    partitionLeaderEpoch: input.partitionLeaderEpoch,
    producerId: input.producerId,
    producerEpoch: input.producerEpoch,
    isTransactional: true,
    isControl: true,
  });
}

/** A control record, understood; `other` for types that do not concern transactions. */
export type ControlRecord =
  | { readonly type: "commit" | "abort"; readonly coordinatorEpoch: number }
  | { readonly type: "other" };

/**
 * Reads a record of a control batch. Newer versions only add fields, so they are read like the known one.
 *
 * @throws kind `corrupt`, code `MALFORMED_BYTES`
 */
export function decodeControlRecord(record: Pick<RecordView, "key" | "value">): ControlRecord {
  const key = new ByteReader(record.key ?? new Uint8Array(0));
  key.int16();
  const { type } = decodeControlRecordTypeSchema(key, VERSION);
  if (type !== COMMIT && type !== ABORT) return { type: "other" };
  const value = new ByteReader(record.value ?? new Uint8Array(0));
  value.int16();
  const { coordinatorEpoch } = decodeEndTxnMarker(value, VERSION);
  return { type: type === COMMIT ? "commit" : "abort", coordinatorEpoch };
}
