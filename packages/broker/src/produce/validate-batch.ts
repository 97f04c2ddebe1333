import { malformed, StreambedError } from "@streambed/kernel";
import type { BatchInput, Topic } from "@streambed/log-storage";
import { decodeBatchHeader, inspectBatch, iterateRecords, patchLogAppendTime, verifyCrc } from "@streambed/protocol";
import type { BatchFacts, BatchHeader } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import { DECOMPRESSED_BYTES_MIN_CAP, DECOMPRESSION_RATIO_MAX, RECORD_ERRORS_MAX } from "../limits.ts";
import { configValue } from "../topics/config-values.ts";

/** What is wrong with one record of a batch. */
export interface RecordError {
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string;
}

/** A batch that was looked through. */
interface Inspected {
  readonly batch: Uint8Array;
  readonly header: BatchHeader;
  readonly facts: BatchFacts;
  readonly sizeCap: number;
}

/** Why a batch is refused. `recordErrors` name single records by their index. */
export interface BatchProblem extends ItemError {
  readonly recordErrors?: readonly RecordError[];
  /** Told when the batch was refused for what is in it; Kafka leaves it out when it did not get that far. */
  readonly logStartOffset?: number;
}

/** A batch that may be appended; `logAppendTimeMs` is -1 unless the topic's timestamps are the broker's. */
export interface AcceptedBatch {
  readonly batch: BatchInput;
  readonly logAppendTimeMs: number;
  /** Of the partition, when the batch was checked. */
  readonly logStartOffset: number;
}

/** Where a batch goes, and how it came. */
export interface ProduceTarget {
  readonly topic: Topic;
  readonly partition: number;
  readonly apiVersion: number;
}

const ZSTD = 4;
const COMPRESSIONS = 5;
/** First version of Produce that may carry zstd (KIP-110). */
const ZSTD_FROM_VERSION = 7;
const LENGTH_AT = 8;
const LENGTH_PREFIX_BYTES = 12;
const MAGIC_AT = 16;
/** Kafka's least: the smallest message of the oldest format. */
const LENGTH_MIN = 14;
const ATTRIBUTES_LOW_AT = 22;
const TRANSACTIONAL_BIT = 0x10;

/** Checks the records of one partition of a produce request as Kafka does, without changing anything in the log. */
export function validateBatch(
  broker: BrokerCore,
  target: ProduceTarget,
  sent: Uint8Array,
): AcceptedBatch | BatchProblem {
  try {
    const records = onlyBatch(target, sent);
    if ("errorCode" in records) return records;
    const header = checkedHeader(broker, target, records);
    if ("errorCode" in header) return header;
    const invalid = headerProblem(header);
    if (invalid !== undefined) return { ...invalid, logStartOffset: logStartOf(target) };
    const sizeCap = Math.max(DECOMPRESSED_BYTES_MIN_CAP, records.length * DECOMPRESSION_RATIO_MAX);
    const facts = inspectBatch(records, header, { codecs: broker.codecs, outputBytesMax: sizeCap });
    const problem =
      factsProblem(header, facts) ?? recordProblem(broker, target.topic, { batch: records, header, facts, sizeCap });
    if (problem !== undefined) return { ...problem, logStartOffset: logStartOf(target) };
    return accept(broker, target, records, { header, facts });
  } catch (error) {
    return decodingProblem(error);
  }
}

/** True for bytes that begin with a batch of a transaction. Nothing else is looked at. */
export function saysTransactional(records: Uint8Array): boolean {
  return ((records[ATTRIBUTES_LOW_AT] ?? 0) & TRANSACTIONAL_BIT) !== 0;
}

function logStartOf({ topic, partition }: ProduceTarget): number {
  return topic.partitions[partition]?.logStartOffset ?? -1;
}

/**
 * The one batch that a partition may be sent. Like Kafka's reader of batches, this takes bytes at the end that are no
 * whole batch for the rest of a cut one, and leaves them.
 */
function onlyBatch(target: ProduceTarget, sent: Uint8Array): Uint8Array | BatchProblem {
  const size = wholeBatchBytes(sent);
  const next = size === undefined ? undefined : wholeBatchBytes(sent.subarray(size));
  if (size !== undefined && next === undefined) return sent.subarray(0, size);
  const text = `Produce requests with version ${target.apiVersion} must have exactly one record batch per partition`;
  return itemError("INVALID_RECORD", text);
}

/** Size of the batch at the beginning, when all of it is there. @throws kind `corrupt` for a size no batch has */
function wholeBatchBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length <= MAGIC_AT) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(LENGTH_AT);
  if (length < LENGTH_MIN) throw malformed(`A batch claims a length of ${length} bytes`);
  return LENGTH_PREFIX_BYTES + length <= bytes.length ? LENGTH_PREFIX_BYTES + length : undefined;
}

function checkedHeader(broker: BrokerCore, target: ProduceTarget, records: Uint8Array): BatchHeader | BatchProblem {
  const magic = records[MAGIC_AT];
  if (magic === 0 || magic === 1) {
    return itemError(
      "INVALID_RECORD",
      `Produce requests with version ${target.apiVersion} are only allowed to contain record batches with magic version 2`,
    );
  }
  const header = decodeBatchHeader(records);
  if (header.compression >= COMPRESSIONS)
    return itemError("CORRUPT_MESSAGE", `Unknown compression type id: ${header.compression}`);
  if (header.compression === ZSTD && target.apiVersion < ZSTD_FROM_VERSION) {
    return itemError(
      "UNSUPPORTED_COMPRESSION_TYPE",
      `Produce requests with version ${target.apiVersion} are not allowed to use ZStandard compression`,
    );
  }
  const limit = Number(target.topic.configs.get("max.message.bytes") ?? broker.settings.messageMaxBytes);
  if (header.sizeBytes > limit) {
    return itemError(
      "MESSAGE_TOO_LARGE",
      `The record batch size is ${header.sizeBytes} bytes, which exceeds the maximum configured value of ${limit} (max.message.bytes)`,
    );
  }
  if (!verifyCrc(records))
    return itemError("CORRUPT_MESSAGE", "Record is corrupt: the CRC of the batch does not match its bytes");
  return header;
}

function headerProblem(header: BatchHeader): BatchProblem | undefined {
  if (header.isControl) return itemError("INVALID_RECORD", "Clients are not allowed to write control records");
  if (header.isTransactional) return itemError("INVALID_TXN_STATE", "Transactions are not served by this broker yet");
  if (header.baseOffset !== 0)
    return itemError(
      "INVALID_RECORD",
      `The baseOffset of the record batch should be 0, but it is ${header.baseOffset}`,
    );
  if (header.recordCount < 1 || header.lastOffsetDelta + 1 !== header.recordCount) {
    return itemError(
      "INVALID_RECORD",
      `Inconsistent batch offset range [0, ${header.lastOffsetDelta}] and count of records ${header.recordCount}`,
    );
  }
  if (header.producerId >= 0 && (header.baseSequence < 0 || header.producerEpoch < 0)) {
    return itemError(
      "INVALID_RECORD",
      `Invalid sequence number ${header.baseSequence} with producerId ${header.producerId}`,
    );
  }
  if (header.isLogAppendTime) {
    return itemError(
      "INVALID_TIMESTAMP",
      "Invalid timestamp type. Producers should not set timestamp type to log append time.",
    );
  }
  return undefined;
}

function factsProblem(header: BatchHeader, facts: BatchFacts): BatchProblem | undefined {
  if (!facts.hasSequentialOffsets)
    return itemError("INVALID_RECORD", "The offsets inside the record batch are not 0, 1, 2, …");
  if (facts.maxTimestamp !== header.maxTimestamp) {
    return itemError(
      "INVALID_RECORD",
      `The batch says its largest timestamp is ${header.maxTimestamp}, but it is ${facts.maxTimestamp}`,
    );
  }
  return undefined;
}

function recordProblem(
  broker: BrokerCore,
  topic: Topic,
  { batch, header, facts, sizeCap }: Inspected,
): BatchProblem | undefined {
  const needsKeys = configValue(topic.configs, "cleanup.policy", broker.settings).includes("compact");
  const timestamps = isLogAppendTime(broker, topic) ? ANY_TIME : allowedTimes(broker, topic);
  const isAllowed = (timestamp: number): boolean =>
    timestamp === -1 || (timestamp >= timestamps.from && timestamp <= timestamps.to);
  const lacksKey = needsKeys && facts.firstWithoutKey >= 0;
  if (!lacksKey && isAllowed(facts.maxTimestamp) && isAllowed(facts.minTimestamp)) return undefined;
  // Only a batch that is refused is read record by record.
  const recordErrors: RecordError[] = [];
  let hasBadTime = false;
  let batchIndex = 0;
  for (const { key, timestamp } of iterateRecords(batch, header, { codecs: broker.codecs, outputBytesMax: sizeCap })) {
    const keyless = needsKeys && key === null;
    if (keyless || !isAllowed(timestamp)) {
      hasBadTime ||= !keyless;
      const text = keyless
        ? "Compacted topic cannot accept message without key."
        : `Timestamp ${timestamp} of message with offset ${batchIndex} is out of range.`;
      if (recordErrors.length < RECORD_ERRORS_MAX) recordErrors.push({ batchIndex, batchIndexErrorMessage: text });
    }
    batchIndex++;
  }
  const errorMessage = "One or more records have been rejected; the record errors say which and why.";
  return { ...itemError(hasBadTime ? "INVALID_TIMESTAMP" : "INVALID_RECORD", errorMessage), recordErrors };
}

const ANY_TIME = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

function allowedTimes({ settings, clock }: BrokerCore, topic: Topic): { readonly from: number; readonly to: number } {
  const before = Number(configValue(topic.configs, "message.timestamp.before.max.ms", settings));
  const after = Number(configValue(topic.configs, "message.timestamp.after.max.ms", settings));
  const nowMs = clock.now();
  return { from: nowMs - before, to: nowMs + after };
}

function isLogAppendTime({ settings }: BrokerCore, topic: Topic): boolean {
  return configValue(topic.configs, "message.timestamp.type", settings) === "LogAppendTime";
}

function accept(
  broker: BrokerCore,
  target: ProduceTarget,
  bytes: Uint8Array,
  { header, facts }: { header: BatchHeader; facts: BatchFacts },
): AcceptedBatch {
  const logAppendTimeMs = isLogAppendTime(broker, target.topic) ? Math.floor(broker.clock.now()) : -1;
  if (logAppendTimeMs >= 0) patchLogAppendTime(bytes, logAppendTimeMs);
  const { producerId, producerEpoch, baseSequence, recordCount } = header;
  const maxTimestampMs = logAppendTimeMs >= 0 ? logAppendTimeMs : facts.maxTimestamp;
  const { topic, partition } = target;
  const idempotence =
    producerId >= 0
      ? { producerId, producerEpoch, baseSequence }
      : { producerId: -1, producerEpoch: -1, baseSequence: -1 };
  return {
    batch: { topicId: topic.topicId, partition, bytes, recordCount, maxTimestampMs, inline: false, ...idempotence },
    logAppendTimeMs,
    logStartOffset: logStartOf(target),
  };
}

function decodingProblem(error: unknown): BatchProblem {
  if (!(error instanceof StreambedError)) throw error;
  if (error.kind === "limit") return itemError("MESSAGE_TOO_LARGE", error.message);
  if (error.kind === "corrupt" || error.kind === "invalid") return itemError("CORRUPT_MESSAGE", error.message);
  throw error;
}
