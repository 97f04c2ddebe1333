import type { EmbeddedFormat } from "@streambed/contracts";
import { notAcceptable } from "../errors.ts";

export const JSON_TYPE = "application/json";
export const V2_TYPE = "application/vnd.kafka.v2+json";
export const EVENT_STREAM_TYPE = "text/event-stream";

const EMBEDDED = /^application\/vnd\.kafka\.(binary|json|avro|jsonschema|protobuf)\.v2\+json$/;

/** A media type without parameters, in lower case; null when the header is absent. */
export function mediaTypeOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  return (header.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** The embedded format a media type names, or null. */
export function embeddedFormatOf(mediaType: string | null): EmbeddedFormat | null {
  const format = mediaType === null ? undefined : EMBEDDED.exec(mediaType)?.[1];
  return format === undefined ? null : (format as EmbeddedFormat);
}

/** Media type of a v2 embedded format. */
export function embeddedType(format: EmbeddedFormat): string {
  return `application/vnd.kafka.${format}.v2+json`;
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** Media ranges of an Accept header (RFC 9110 section 12.5.1), best first; absent means anything. */
function ranges(accept: string | undefined): readonly Range[] {
  if (accept === undefined || accept.trim() === "") return [{ type: "*/*", quality: 1 }];
  return accept
    .split(",", 64)
    .map((part) => ({ type: mediaTypeOf(part) ?? "", quality: Number(/;\s*q=([\d.]+)/i.exec(part)?.[1] ?? 1) }))
    .filter((range) => range.quality > 0)
    .sort((left, right) => right.quality - left.quality);
}

function matches(range: string, type: string): boolean {
  return range === "*/*" || range === type || (range.endsWith("/*") && type.startsWith(range.slice(0, -1)));
}

/**
 * The first of `offered` that the client accepts, in the client's order of preference.
 *
 * @throws RestError 406 when there is none
 */
export function negotiate(accept: string | undefined, offered: readonly string[]): string {
  for (const range of ranges(accept)) {
    const type = offered.find((candidate) => matches(range.type, candidate));
    if (type !== undefined) return type;
  }
  throw notAcceptable(accept ?? "", offered.join(", "));
}

/** Types every v2 route answers: its own, plain JSON for the sake of curl, and any embedded type a client sends along. */
export const V2_OFFERED: readonly string[] = [
  V2_TYPE,
  JSON_TYPE,
  ...(["binary", "json", "avro", "jsonschema", "protobuf"] as const).map(embeddedType),
];
