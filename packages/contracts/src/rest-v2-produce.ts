import * as z from "zod";
import { RECORDS_PER_CALL_MAX } from "./limits.ts";
import { partitionNumber } from "./numbers.ts";

/** One record of a v2 produce body. What `key` and `value` may be depends on the embedded format. */
export const v2ProduceRecord = z.object({
  partition: partitionNumber.nullish(),
  key: z.unknown().optional(),
  value: z.unknown().optional(),
});

/** Body of `POST /topics/{topic}` and `POST /topics/{topic}/partitions/{partition}`. */
export const v2ProduceRequest = z.object({
  records: z.array(v2ProduceRecord).min(1).max(RECORDS_PER_CALL_MAX),
  key_schema: z.string().nullish(),
  key_schema_id: z.int().nullish(),
  value_schema: z.string().nullish(),
  value_schema_id: z.int().nullish(),
});

export type V2ProduceRequest = z.infer<typeof v2ProduceRequest>;
export type V2ProduceRecord = z.infer<typeof v2ProduceRecord>;

/** One entry of a v2 produce answer, in the order of the records. */
export interface V2PartitionOffset {
  readonly partition: number | null;
  readonly offset: number | null;
  readonly error_code: number | null;
  readonly error: string | null;
}
