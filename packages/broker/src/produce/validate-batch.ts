import { StreambedError } from "@streambed/kernel";
import type { BatchInput, Topic } from "@streambed/log-storage";
import { decodeBatchHeader, inspectBatch, patchLogAppendTime, verifyCrc } from "@streambed/protocol";
import type { BatchFacts, BatchHeader } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import { DECOMPRESSED_BYTES_MIN_CAP, DECOMPRESSION_RATIO_MAX } from "../limits.ts";
import { configValue } from "../topics/topic-configs.ts";

/** Why a batch is refused. `recordErrors` name single records by their index. */
export interface BatchProblem extends ItemError {
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string }[];
}

/** A batch that may be appended; `logAppendTimeMs` is -1 unless the topic's timestamps are the broker's. */
export interface AcceptedBatch {
  readonly batch: BatchInput;
  readonly logAppendTimeMs: number;
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
const MAGIC_AT = 16;

/** Checks the records of one partition of a produce request as Kafka does, without changing anything in the log. */
export function validateBatch(
  broker: BrokerCore,
  target: ProduceTarget,
  records: Uint8Array,
): AcceptedBatch | BatchProblem {
  try {
    const header = checkedHeader(broker, target, records);
    if ("errorCode" in header) return header;
    const sizeCap = Math.max(DECOMPRESSED_BYTES_MIN_CAP, records.length * DECOMPRESSION_RATIO_MAX);
    const facts = inspectBatch(records, header, { codecs: broker.codecs, outputBytesMax: sizeCap });
    const problem = factsProblem(header, facts) ?? recordProblem(broker, target.topic, header, facts);
    return problem ?? accept(broker, target, records, { header, facts });
  } catch (error) {
    return decodingProblem(error);
  }
}

function checkedHeader(broker: BrokerCore, target: ProduceTarget, records: Uint8Array): BatchHeader | BatchProblem {
  const magic = records[MAGIC_AT];
  if (magic !== undefined && magic < 2) {
    return itemError(
      "INVALID_RECORD",
      `Produce requests with version ${target.apiVersion} are only allowed to contain record batches with magic version 2`,
    );
  }
  const header = decodeBatchHeader(records);
  if (header.sizeBytes > records.length)
    return itemError("CORRUPT_MESSAGE", `Batch claims ${header.sizeBytes} bytes, but ${records.length} were sent`);
  if (header.sizeBytes < records.length) {
    return itemError(
      "INVALID_RECORD",
      `Produce requests with version ${target.apiVersion} are only allowed to contain exactly one record batch per partition`,
    );
  }
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
  return headerProblem(header) ?? header;
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
  header: BatchHeader,
  facts: BatchFacts,
): BatchProblem | undefined {
  const compacts = configValue(topic.configs, "cleanup.policy").includes("compact");
  if (compacts && facts.firstWithoutKey >= 0) {
    const text = "Compacted topic cannot accept message without key.";
    return oneRecord(code("INVALID_RECORD"), facts.firstWithoutKey, text);
  }
  if (isLogAppendTime(topic)) return undefined;
  const nowMs = broker.clock.now();
  const before = Number(configValue(topic.configs, "message.timestamp.before.max.ms"));
  const after = Number(configValue(topic.configs, "message.timestamp.after.max.ms"));
  if (facts.maxTimestamp - nowMs > after)
    return outOfRange(facts.maxTimestamp, facts.maxTimestampOffset - header.baseOffset);
  if (facts.minTimestamp >= 0 && nowMs - facts.minTimestamp > before)
    return outOfRange(facts.minTimestamp, facts.minTimestampIndex);
  return undefined;
}

function outOfRange(timestamp: number, index: number): BatchProblem {
  return oneRecord(
    code("INVALID_TIMESTAMP"),
    index,
    `Timestamp ${timestamp} of message with offset ${index} is out of range.`,
  );
}

function oneRecord(errorCode: number, batchIndex: number, text: string): BatchProblem {
  const errorMessage =
    "One or more records have been rejected due to 1 record errors in total, and only showing the first three errors at most";
  return { errorCode, errorMessage, recordErrors: [{ batchIndex, batchIndexErrorMessage: text }] };
}

function isLogAppendTime(topic: Topic): boolean {
  return configValue(topic.configs, "message.timestamp.type") === "LogAppendTime";
}

function accept(
  broker: BrokerCore,
  target: ProduceTarget,
  bytes: Uint8Array,
  { header, facts }: { header: BatchHeader; facts: BatchFacts },
): AcceptedBatch {
  const logAppendTimeMs = isLogAppendTime(target.topic) ? Math.floor(broker.clock.now()) : -1;
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
  };
}

function decodingProblem(error: unknown): BatchProblem {
  if (!(error instanceof StreambedError)) throw error;
  if (error.kind === "limit") return itemError("MESSAGE_TOO_LARGE", error.message);
  if (error.code === "UNSUPPORTED_MAGIC") return itemError("INVALID_RECORD", error.message);
  if (error.kind === "corrupt" || error.kind === "invalid") return itemError("CORRUPT_MESSAGE", error.message);
  throw error;
}
