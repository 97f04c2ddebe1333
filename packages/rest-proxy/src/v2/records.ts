import type { Record } from "@streambed/client";
import { fromUtf8 } from "@streambed/kernel";
import type { Context, Hono } from "hono";
import { encodeBase64 } from "../base64.ts";
import { firstOfEachPartition } from "../consumer-instances/memory-instance.ts";
import type { ConsumerInstance } from "../consumer-instances/port.ts";
import { badRequest, formatMismatch } from "../errors.ts";
import { embeddedFormatOf, embeddedType, JSON_TYPE, negotiate, V2_TYPE } from "../http/media-types.ts";
import { integerQuery } from "../http/numbers.ts";
import { jsonTextOf } from "../json/parse-json.ts";
import type { Proxy } from "../proxy.ts";
import { headersOf } from "../record-headers.ts";
import { RestError } from "../rest-error.ts";
import { INSTANCE_PATH, instanceOf } from "./consumers.ts";

type Format = "binary" | "json";

/** `GET …/records`: what came since the last read. */
export function recordRoutes(app: Hono, proxy: Proxy): void {
  app.get(`${INSTANCE_PATH}/records`, async (c) => {
    const instance = await instanceOf(c, proxy);
    const type = readType(c, instance.format);
    const extras = extrasOf(c);
    const bytes = integerQuery("max_bytes", c.req.query("max_bytes")) ?? -1;
    const timeoutMs = integerQuery("timeout", c.req.query("timeout")) ?? -1;
    const records = await instance.read({
      timeoutMs: timeoutMs > 0 ? timeoutMs : Number.MAX_SAFE_INTEGER,
      bytesMax: Math.min(bytes > 0 ? bytes : Number.MAX_SAFE_INTEGER, proxy.settings.consumerRequestBytesMax),
      signal: c.req.raw.signal,
    });
    const texts = await recordTexts(instance, records, extras);
    return new Response(`[${texts.join(",")}]`, { headers: { "content-type": type } });
  });
}

/** The type to answer in. @throws RestError 406/40601 when the client wants another format than the instance has */
function readType(c: Context, format: Format): string {
  const own = embeddedType(format);
  const others = (["binary", "json", "avro", "jsonschema", "protobuf"] as const).map(embeddedType);
  const type = negotiate(c.req.header("accept"), [own, V2_TYPE, JSON_TYPE, ...others]);
  const asked = embeddedFormatOf(type);
  if (asked !== null && asked !== format) throw formatMismatch(format);
  return type;
}

interface Extras {
  readonly headers: boolean;
  readonly timestamp: boolean;
}

/** `?include=headers,timestamp`: fields Confluent's answer does not have. @throws RestError 400 */
export function extrasOf(c: Context): Extras {
  const names = (c.req.query("include") ?? "").split(",").filter((name) => name !== "");
  const unknown = names.find((name) => name !== "headers" && name !== "timestamp");
  if (unknown !== undefined) throw badRequest(`include=${unknown.slice(0, 40)} is unknown; use headers,timestamp.`);
  return { headers: names.includes("headers"), timestamp: names.includes("timestamp") };
}

/**
 * JSON of the records up to the first one that is none; the instance goes back to that one.
 *
 * @throws RestError 408/40801 when it is the very first, so that a reader learns of it and can seek past it
 */
async function recordTexts(instance: ConsumerInstance, records: readonly Record[], extras: Extras): Promise<string[]> {
  const texts: string[] = [];
  for (const record of records) {
    try {
      texts.push(recordText(record, instance.format, extras));
    } catch (thrown) {
      const back = firstOfEachPartition(records.slice(texts.length));
      await instance.seek(back.map(({ topic, partition, offset }) => ({ topic, partition, offset })));
      if (texts.length > 0) return texts;
      throw thrown;
    }
  }
  return texts;
}

/** JSON of one record. Text, as embedded JSON goes out exactly as it was stored. */
function recordText(record: Record, format: Format, extras: Extras): string {
  const data = format === "json" ? jsonData : binaryData;
  const fields = [
    `"topic":${JSON.stringify(record.topic)}`,
    `"key":${data(record, record.key)}`,
    `"value":${data(record, record.value)}`,
    `"partition":${record.partition}`,
    `"offset":${record.offset}`,
  ];
  if (extras.timestamp) fields.push(`"timestamp":${record.timestamp}`);
  if (extras.headers) fields.push(`"headers":${JSON.stringify(headersOf(record))}`);
  return `{${fields.join(",")}}`;
}

function binaryData(_record: Record, bytes: Uint8Array | null): string {
  return bytes === null ? "null" : `"${encodeBase64(bytes)}"`;
}

/** @throws RestError 408/40801 for bytes that are not JSON, as Confluent answers */
function jsonData(record: Record, bytes: Uint8Array | null): string {
  if (bytes === null) return "null";
  const text = jsonTextOf(bytes);
  if (text !== null) return text;
  throw new RestError(
    408,
    40801,
    `Record ${record.topic}-${record.partition}@${record.offset} is not JSON: ` +
      `${JSON.stringify(fromUtf8(bytes.subarray(0, 40)))}. Read it with a binary consumer, or seek past it.`,
  );
}
