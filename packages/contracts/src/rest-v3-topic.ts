import * as z from "zod";
import { CONFIGS_PER_CALL_MAX, TOPIC_NAME_CHARS_MAX } from "./limits.ts";

const configEntry = z.object({ name: z.string().min(1), value: z.string().nullish() });

/** Body of `POST /v3/clusters/{cluster}/topics`. */
export const v3CreateTopic = z.object({
  topic_name: z.string().min(1).max(TOPIC_NAME_CHARS_MAX),
  partitions_count: z.int().nullish(),
  replication_factor: z.int().nullish(),
  replicas_assignments: z.record(z.string().regex(/^\d{1,9}$/), z.array(z.int().min(0)).min(1)).nullish(),
  configs: z.array(configEntry).max(CONFIGS_PER_CALL_MAX).nullish(),
  validate_only: z.boolean().nullish(),
});
export type V3CreateTopic = z.infer<typeof v3CreateTopic>;

/** Body of `PATCH /v3/clusters/{cluster}/topics/{topic}`. */
export const v3PartitionsCount = z.object({ partitions_count: z.int() });

/** Body of `PUT …/configs/{name}`. */
export const v3UpdateConfig = z.object({ value: z.string().nullish() });

/** Body of `POST …/configs:alter`. */
export const v3AlterConfigs = z.object({
  data: z.array(configEntry.extend({ operation: z.enum(["SET", "DELETE"]).nullish() })).max(CONFIGS_PER_CALL_MAX),
  validate_only: z.boolean().nullish(),
});
