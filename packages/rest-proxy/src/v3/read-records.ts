import type { Context, Hono } from "hono";
import { badRequest } from "../errors.ts";
import { EVENT_STREAM_TYPE, JSON_TYPE, negotiate } from "../http/media-types.ts";
import { integerQuery } from "../http/numbers.ts";
import { READ_BYTES_DEFAULT, READ_BYTES_MAX, READ_TIMEOUT_MS_MAX } from "../limits.ts";
import type { PlainType } from "../produce/serialize.ts";
import { type Proxy, segment } from "../proxy.ts";
import { edgeOffsets } from "../describe-topic.ts";
import { eventStream } from "./event-stream.ts";
import { partitionOf } from "./partitions.ts";
import { resourcesOf } from "./resources.ts";
import { fetchOnce, type Read, recordText } from "./stateless-read.ts";

/**
 * `GET …/partitions/{p}/records`, which Confluent does not have: a read without consumer, group or state, as one answer
 * or, with `Accept: text/event-stream`, for as long as the client listens.
 */
export function readRecordRoutes(app: Hono, proxy: Proxy): void {
  app.get("/v3/clusters/:cluster/topics/:topic/partitions/:partition/records", async (c) => {
    const at = await resourcesOf(c, proxy);
    const type = negotiate(c.req.header("accept"), [JSON_TYPE, EVENT_STREAM_TYPE]);
    const read = await readOf(c, proxy);
    if (type === EVENT_STREAM_TYPE) return eventStream(c, proxy, read);
    const result = await fetchOnce(c, proxy, read);
    const path = ["topics", read.topic, "partitions", read.partition, "records"];
    const self = at.url(...path);
    const head = {
      kind: "KafkaRecordList",
      metadata: { self, next: `${self}?offset=${result.nextOffset}` },
      cluster_id: at.clusterId,
      topic_name: read.topic,
      partition_id: read.partition,
      next_offset: result.nextOffset,
      high_watermark: result.highWatermark,
      log_start_offset: result.logStartOffset,
    };
    const data = result.records.map((record) => recordText(record, read));
    const text = `${JSON.stringify(head).slice(0, -1)},"data":[${data.join(",")}]}`;
    return new Response(text, { headers: { "content-type": type } });
  });
}

async function readOf(c: Context, proxy: Proxy): Promise<Read> {
  const maxBytes = integerQuery("max_bytes", c.req.query("max_bytes")) ?? READ_BYTES_DEFAULT;
  const timeoutMs = integerQuery("timeout", c.req.query("timeout")) ?? proxy.settings.consumerRequestTimeoutMs;
  if (maxBytes < 1 || maxBytes > READ_BYTES_MAX) throw badRequest(`max_bytes must be 1 to ${READ_BYTES_MAX}.`);
  if (timeoutMs < 0 || timeoutMs > READ_TIMEOUT_MS_MAX)
    throw badRequest(`timeout must be 0 to ${READ_TIMEOUT_MS_MAX}.`);
  const { partition } = await partitionOf(c, proxy);
  const topic = segment(c, "topic");
  return {
    topic,
    partition,
    offset: await startOffset(c, proxy, { topic, partition }),
    maxBytes,
    timeoutMs,
    keyType: typeQuery(c, "key_type"),
    valueType: typeQuery(c, "value_type"),
  };
}

/** Behind the last event a browser has seen, else where `offset` says, else the start of the partition. */
async function startOffset(
  c: Context,
  proxy: Proxy,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<number> {
  const seen = integerQuery("Last-Event-ID", c.req.header("last-event-id") || undefined);
  if (seen !== undefined) return seen + 1;
  const text = c.req.query("offset") ?? "earliest";
  if (text === "earliest" || text === "latest") return (await edgeOffsets(proxy, topic, partition))[text];
  const offset = integerQuery("offset", text) ?? 0;
  if (offset < 0) throw badRequest("offset must be 0 or more, earliest, or latest.");
  return offset;
}

function typeQuery(c: Context, name: string): PlainType {
  const type = (c.req.query(name) ?? "BINARY").toUpperCase();
  if (type === "BINARY" || type === "JSON" || type === "STRING") return type;
  throw badRequest(`${name} must be BINARY, JSON or STRING.`);
}
