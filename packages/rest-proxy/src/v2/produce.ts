import type { ProducerRecord, RecordMetadata } from "@streambed/client";
import {
  type EmbeddedFormat,
  kafkaRestError,
  type V2PartitionOffset,
  type V2ProduceRequest,
  v2ProduceRequest,
} from "@streambed/contracts";
import type { Context, Hono } from "hono";
import {
  badRequest,
  partitionNotFound,
  schemasNotSupported,
  serializerMissing,
  unsupportedMediaType,
} from "../errors.ts";
import { parseBody, readBody, shape } from "../http/body.ts";
import { embeddedFormatOf, embeddedType, JSON_TYPE, mediaTypeOf, negotiate, V2_OFFERED } from "../http/media-types.ts";
import { numberSegment } from "../http/numbers.ts";
import { send } from "../produce/send.ts";
import { type PlainType, serialize } from "../produce/serialize.ts";
import { type Proxy, segment } from "../proxy.ts";
import { isUnknownTopic } from "../rest-error.ts";

/** `POST /topics/{topic}` and `POST /topics/{topic}/partitions/{partition}`. */
export function produceRoutes(app: Hono, proxy: Proxy): void {
  app.post("/topics/:topic", (c) => produce(c, proxy, undefined));

  app.post("/topics/:topic/partitions/:partition", async (c) => {
    const partition = numberSegment(segment(c, "partition"));
    if (partition === null) throw partitionNotFound(segment(c, "topic"), segment(c, "partition"));
    return produce(c, proxy, partition);
  });
}

async function produce(c: Context, proxy: Proxy, partition: number | undefined): Promise<Response> {
  const topic = segment(c, "topic");
  const format = requestFormat(c);
  const accepted = negotiate(c.req.header("accept"), V2_OFFERED);
  const body = parseBody(await readBody(c, proxy.settings.requestBytesMax));
  const request = shape(v2ProduceRequest, body ?? {}, { missing: 422 });
  const records = toRecords(request, plainType(format, request), partition);
  const results = await send(proxy, topic, records);
  if (partition !== undefined && results.some((result) => !result.ok && isUnknownTopic(result.error))) {
    throw partitionNotFound(topic, partition);
  }
  const offsets = results.map(toOffset);
  return new Response(JSON.stringify({ offsets, key_schema_id: null, value_schema_id: null }), {
    status: statusOf(offsets),
    headers: { "content-type": accepted },
  });
}

/** The embedded format of the request; plain JSON types mean the json format, as that is what people send with them. */
function requestFormat(c: Context): EmbeddedFormat {
  const type = mediaTypeOf(c.req.header("content-type"));
  const format = embeddedFormatOf(type);
  if (format !== null) return format;
  if (type === JSON_TYPE) return "json";
  const wanted = [embeddedType("binary"), embeddedType("json")].join(" or ");
  throw unsupportedMediaType(type ?? "missing", wanted);
}

/** @throws RestError 422 for formats that need a schema registry, as Confluent answers without one */
function plainType(format: EmbeddedFormat, request: V2ProduceRequest): PlainType {
  if (format === "binary") return "BINARY";
  if (format === "json") return "JSON";
  const named = [request.key_schema, request.key_schema_id, request.value_schema, request.value_schema_id];
  throw named.some((schema) => schema !== null && schema !== undefined) ? schemasNotSupported() : serializerMissing();
}

function toRecords(request: V2ProduceRequest, type: PlainType, partition: number | undefined): ProducerRecord[] {
  return request.records.map((record) => {
    const key = serialize(type, record.key);
    const value = serialize(type, record.value);
    if (!key.ok) throw badRequest(key.reason);
    if (!value.ok) throw badRequest(value.reason);
    const to = record.partition ?? partition;
    return { key: key.bytes, value: value.bytes, ...(to === undefined ? {} : { partition: to }) };
  });
}

function toOffset(result: RecordMetadata): V2PartitionOffset {
  if (result.ok) return { partition: result.partition, offset: result.offset, error_code: null, error: null };
  const { errorCode } = kafkaRestError(result.error);
  return { partition: null, offset: null, error_code: errorCode, error: result.error.message };
}

/** 401 or 403 when Kafka refused a record for that reason, else 200 whatever happened to single records. */
function statusOf(offsets: readonly V2PartitionOffset[]): number {
  if (offsets.some((entry) => entry.error_code === 40101)) return 401;
  return offsets.some((entry) => entry.error_code === 40301) ? 403 : 200;
}
