import * as z from "zod";

/**
 * Settings of the REST proxy, in camel case; the comment names Confluent's setting where there is one.
 * `restSettings.parse({})` gives the defaults.
 */
export const restSettings = z.object({
  /** `advertised.listeners`: base of every link, e.g. `https://rest.example`; else taken from the request. */
  advertisedUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ""))
    .nullable()
    .default(null),
  /** `id`: part of generated consumer instance names. */
  serverId: z.string().default(""),
  /** `confluent.resource.name.authority`: the authority of `crn://` names. */
  resourceNameAuthority: z.string().default(""),
  /** `api.v2.enable`. */
  v2Enabled: z.boolean().default(true),
  /** `api.v3.enable`. */
  v3Enabled: z.boolean().default(true),
  /** `access.control.allow.origin`: origins that browsers may call from; `*` for all. None by default. */
  corsOrigins: z.array(z.string()).default([]),
  /** `consumer.instance.timeout.ms`. */
  consumerInstanceTimeoutMs: z.int().min(1).default(300_000),
  /** `consumer.request.timeout.ms`: longest time one read waits. */
  consumerRequestTimeoutMs: z.int().min(1).default(1_000),
  /** `consumer.request.max.bytes`. */
  consumerRequestBytesMax: z.int().min(1).default(67_108_864),
  /** `fetch.min.bytes`: a read answers early once it holds more; -1 waits for the timeout. */
  fetchMinBytes: z.int().min(-1).max(10_000_000).default(-1),
  /** Consumer instances this proxy holds at a time. */
  consumerInstancesMax: z.int().min(1).default(1_000),
  /** `produce.batch.maximum.entries`; Confluent's default is 10. */
  produceBatchEntriesMax: z.int().min(1).default(1_000),
  /** Largest request body, bytes; streaming produce is bounded per object instead. */
  requestBytesMax: z.int().min(1).default(33_554_432),
  /** `produce.request.size.limit.max.bytes`: largest object of a produce stream, bytes. */
  recordBytesMax: z.int().min(1).default(4_194_304),
  /** `streaming.connection.max.duration.ms`. */
  streamingDurationMs: z.int().min(1).default(86_400_000),
  /** How long a produce waits for its topic to be known, milliseconds. */
  produceMaxBlockMs: z.int().min(1).default(10_000),
});
export type RestSettings = z.infer<typeof restSettings>;
