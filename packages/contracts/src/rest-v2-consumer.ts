import * as z from "zod";
import {
  FETCH_MIN_BYTES_MAX,
  NAME_CHARS_MAX,
  PARTITIONS_PER_CALL_MAX,
  TOPIC_NAME_CHARS_MAX,
  TOPIC_PATTERN_CHARS_MAX,
} from "./limits.ts";
import { nameText, offsetNumber, partitionNumber } from "./numbers.ts";

/** Embedded formats of v2. Only `binary` and `json` work without a schema registry. */
export const EMBEDDED_FORMATS = ["binary", "json", "avro", "jsonschema", "protobuf"] as const;
export type EmbeddedFormat = (typeof EMBEDDED_FORMATS)[number];

const booleanText = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const integerOrText = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,9}$/)
    .transform(Number),
]);

/** Body of `POST /consumers/{group}`; every field may be left out. */
export const v2CreateConsumer = z.object({
  id: nameText(NAME_CHARS_MAX).nullish(),
  name: nameText(NAME_CHARS_MAX).nullish(),
  format: z.string().nullish(),
  "auto.offset.reset": z.string().nullish(),
  "auto.commit.enable": booleanText.nullish(),
  "fetch.min.bytes": integerOrText.nullish(),
  responseMinBytes: integerOrText.nullish(),
  "consumer.request.timeout.ms": integerOrText.nullish(),
  requestWaitMs: integerOrText.nullish(),
});
export type V2CreateConsumer = z.infer<typeof v2CreateConsumer>;

/** True when Confluent would accept this `fetch.min.bytes`. */
export function validFetchMinBytes(bytes: number): boolean {
  return bytes >= -1 && bytes <= FETCH_MIN_BYTES_MAX;
}

const topicName = nameText(TOPIC_NAME_CHARS_MAX);

/** Body of `POST …/subscription`: one of the two. */
export const v2Subscription = z.object({
  topics: z.array(topicName).max(PARTITIONS_PER_CALL_MAX).nullish(),
  topic_pattern: nameText(TOPIC_PATTERN_CHARS_MAX).nullish(),
});

const topicPartition = z.object({ topic: topicName, partition: partitionNumber });

/** Body of `POST …/assignments`, `…/positions/beginning`, `…/positions/end` and of the committed offsets query. */
export const v2Partitions = z.object({ partitions: z.array(topicPartition).max(PARTITIONS_PER_CALL_MAX) });

const partitionOffset = topicPartition.extend({ offset: offsetNumber, metadata: z.string().nullish() });
const partitionTime = topicPartition.extend({ timestamp: z.string().max(64), metadata: z.string().nullish() });

/** Body of `POST …/positions`. */
export const v2Positions = z.object({
  offsets: z.array(partitionOffset).max(PARTITIONS_PER_CALL_MAX).nullish(),
  timestamps: z.array(partitionTime).max(PARTITIONS_PER_CALL_MAX).nullish(),
});

/** Body of `POST …/offsets`: the last record processed of each partition. */
export const v2CommitOffsets = z.object({ offsets: z.array(partitionOffset).max(PARTITIONS_PER_CALL_MAX) });
