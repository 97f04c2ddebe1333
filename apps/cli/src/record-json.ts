import type { ProducerRecord, Record, RecordHeader } from "@streambed/client";
import { fromUtf8, StreambedError, utf8 } from "@streambed/kernel";

const strict = new TextDecoder("utf-8", { fatal: true });

/** A field as JSON: text under its name, other bytes as base64 under `<name>Base64`. */
function field(name: string, bytes: Uint8Array | null): { [key: string]: string | null } {
  if (bytes === null) return { [name]: null };
  try {
    return { [name]: strict.decode(bytes) };
  } catch {
    return { [`${name}Base64`]: Buffer.from(bytes).toString("base64") };
  }
}

/** One record as one line of JSON; `recordFromJson` takes it back. */
export function recordToJson(record: Record): string {
  const { topic, partition, offset, timestamp } = record;
  const headers = record.headers.map((header) => ({ key: header.key, ...field("value", header.value) }));
  return `${JSON.stringify({
    topic,
    partition,
    offset,
    timestamp,
    ...field("key", record.key),
    ...field("value", record.value),
    headers,
  })}\n`;
}

/**
 * A record to produce from a line of JSON. `key`, `value`, `headers` and `timestamp` count; topic, partition and offset
 * of a copied record do not, so that `consume --json | produce --json` copies a topic.
 * @throws kind `invalid`, code `INVALID_RECORD_JSON`
 */
export function recordFromJson(line: Uint8Array): ProducerRecord {
  const parsed = parseObject(line);
  const key = bytesOf(parsed, "key");
  const value = bytesOf(parsed, "value");
  const timestamp = parsed["timestamp"];
  if (timestamp !== undefined && !Number.isSafeInteger(timestamp)) throw invalid("timestamp must be milliseconds");
  return {
    key: key ?? null,
    value: value ?? null,
    headers: headersOf(parsed["headers"]),
    ...(typeof timestamp === "number" && timestamp >= 0 ? { timestamp } : {}),
  };
}

type Json = { readonly [key: string]: unknown };

function parseObject(line: Uint8Array): Json {
  try {
    const parsed: unknown = JSON.parse(fromUtf8(line));
    // An object has been checked for; its members are looked at one by one.
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Json;
  } catch (thrown) {
    throw invalid(thrown instanceof Error ? thrown.message : "not JSON");
  }
  throw invalid("each line must be a JSON object");
}

function bytesOf(from: Json, name: string): Uint8Array | null | undefined {
  const base64 = from[`${name}Base64`];
  if (typeof base64 === "string") return Buffer.from(base64, "base64");
  const value = from[name];
  if (value === undefined || value === null) return value;
  return utf8(typeof value === "string" ? value : JSON.stringify(value));
}

function headersOf(value: unknown): readonly RecordHeader[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(headerOf);
  if (typeof value !== "object") throw invalid("headers must be an object or a list");
  return Object.entries(value).map(([key, text]) => ({ key, value: text === null ? null : utf8(String(text)) }));
}

function headerOf(value: unknown): RecordHeader {
  if (typeof value !== "object" || value === null || !("key" in value) || typeof value.key !== "string") {
    throw invalid('a header must be like {"key":"…","value":"…"}');
  }
  return { key: value.key, value: bytesOf(value, "value") ?? null };
}

function invalid(reason: string): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "INVALID_RECORD_JSON",
    message: `A line is not a record in JSON (${reason}); write it like {"key":"a","value":"b"}.`,
  });
}
