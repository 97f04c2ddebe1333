import * as z from "zod";
import { HEADERS_PER_RECORD_MAX } from "./limits.ts";

/** Types of a v3 key or value. The last three need a schema registry. */
export const RECORD_TYPES = ["BINARY", "JSON", "STRING", "AVRO", "JSONSCHEMA", "PROTOBUF"] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** Key or value of a v3 record. */
export const v3RecordData = z.object({
  type: z.enum(RECORD_TYPES).nullish(),
  subject: z.string().nullish(),
  subject_name_strategy: z.string().nullish(),
  schema_id: z.int().nullish(),
  schema_version: z.int().nullish(),
  schema: z.string().nullish(),
  data: z.unknown().optional(),
});
export type V3RecordData = z.infer<typeof v3RecordData>;

/** One object of `POST …/records`. */
export const v3Record = z.object({
  partition_id: z.int().nullish(),
  headers: z
    .array(z.object({ name: z.string(), value: z.string().nullish() }))
    .max(HEADERS_PER_RECORD_MAX)
    .nullish(),
  key: v3RecordData.nullish(),
  value: v3RecordData.nullish(),
  timestamp: z.union([z.string().max(64), z.number()]).nullish(),
});
export type V3Record = z.infer<typeof v3Record>;

/** Body of `POST …/records:batch`. Ids and count are checked apart: they have a code of their own. */
export const v3RecordBatch = z.object({ entries: z.array(v3Record.extend({ id: z.unknown().optional() })) });
export type V3RecordBatch = z.infer<typeof v3RecordBatch>;
