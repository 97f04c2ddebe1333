import { utf8 } from "@streambed/kernel";
import { decodeBase64 } from "../base64.ts";

/** Types of keys and values that need no schema. */
export type PlainType = "BINARY" | "JSON" | "STRING";

/** Bytes of a JSON value, null for a tombstone, or why there are none. */
export type Serialized =
  | { readonly ok: true; readonly bytes: Uint8Array | null }
  | { readonly ok: false; readonly reason: string };

/** Longest piece of a client's data an error repeats, characters. */
const EXCERPT_CHARS_MAX = 60;

/** Bytes that go to Kafka for one embedded value: decoded base64, JSON text, or UTF-8. Null stays null. */
export function serialize(type: PlainType, data: unknown): Serialized {
  if (data === null || data === undefined) return { ok: true, bytes: null };
  if (type === "JSON") return { ok: true, bytes: utf8(JSON.stringify(data)) };
  if (typeof data !== "string") {
    return { ok: false, reason: `data=${excerpt(data)} is not a ${type === "BINARY" ? "base64 string" : "string"}.` };
  }
  if (type === "STRING") return { ok: true, bytes: utf8(data) };
  const bytes = decodeBase64(data);
  if (bytes !== null) return { ok: true, bytes };
  return {
    ok: false,
    reason: `data=${excerpt(data)} is not a valid base64 string. Encode the bytes, or send the JSON format.`,
  };
}

function excerpt(data: unknown): string {
  const text = JSON.stringify(data);
  return text.length <= EXCERPT_CHARS_MAX ? text : `${text.slice(0, EXCERPT_CHARS_MAX)}…`;
}
