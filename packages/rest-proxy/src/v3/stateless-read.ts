import type { FetchResult, Record } from "@streambed/client";
import { fromUtf8, hasCode } from "@streambed/kernel";
import type { Context } from "hono";
import { encodeBase64 } from "../base64.ts";
import { edgeOffsets } from "../describe-topic.ts";
import { jsonTextOf } from "../json/parse-json.ts";
import type { PlainType } from "../produce/serialize.ts";
import type { Proxy } from "../proxy.ts";
import { isUnknownTopic, RestError } from "../rest-error.ts";
import { headersOf } from "../record-headers.ts";
import { partitionOf } from "./partitions.ts";

/** A stateless read as the query words it. */
export interface Read {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly keyType: PlainType;
  readonly valueType: PlainType;
}

/** One fetch. @throws RestError 400/40002 for an offset that is not there, naming those that are */
export async function fetchOnce(c: Context, proxy: Proxy, read: Read, signal?: AbortSignal): Promise<FetchResult> {
  const { topic, partition, offset, maxBytes } = read;
  try {
    return await proxy.client.fetch({
      topic,
      partition,
      offset,
      maxBytes,
      maxWaitMs: read.timeoutMs,
      minBytes: 1,
      signal: signal ?? c.req.raw.signal,
    });
  } catch (thrown) {
    if (isUnknownTopic(thrown)) await partitionOf(c, proxy);
    if (!hasCode(thrown, "OFFSET_OUT_OF_RANGE")) throw thrown;
    const { earliest, latest } = await edgeOffsets(proxy, topic, partition);
    throw new RestError(
      400,
      40002,
      `Offset ${offset} is out of range; ${topic}-${partition} holds ${earliest} to ${latest} (next to be written).`,
    );
  }
}

/** JSON of one record; bytes that are not of the type asked for come as BINARY, and say so. */
export function recordText(record: Record, read: Read): string {
  const timestamp = record.timestamp < 0 ? null : new Date(record.timestamp).toISOString().replace(".000Z", "Z");
  const fields = [
    `"partition_id":${record.partition}`,
    `"offset":${record.offset}`,
    `"timestamp":${JSON.stringify(timestamp)}`,
    `"headers":${JSON.stringify(headersOf(record))}`,
    `"key":${dataText(read.keyType, record.key)}`,
    `"value":${dataText(read.valueType, record.value)}`,
  ];
  return `{${fields.join(",")}}`;
}

function dataText(type: PlainType, bytes: Uint8Array | null): string {
  if (bytes === null) return "null";
  if (type === "STRING") return `{"type":"STRING","data":${JSON.stringify(fromUtf8(bytes))}}`;
  const json = type === "JSON" ? jsonTextOf(bytes) : null;
  return json === null ? `{"type":"BINARY","data":"${encodeBase64(bytes)}"}` : `{"type":"JSON","data":${json}}`;
}
