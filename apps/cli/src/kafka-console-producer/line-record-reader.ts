import type { ProducerRecord, RecordHeader } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import type { Properties } from "../properties.ts";

/** How lines become records; the properties of Kafka's console producer. */
export interface LineFormat {
  readonly parseKey: boolean;
  readonly parseHeaders: boolean;
  readonly ignoreError: boolean;
  readonly keySeparator: string;
  readonly headersDelimiter: string;
  readonly headersSeparator: string;
  readonly headersKeySeparator: string;
  /** A field equal to this is null. */
  readonly nullMarker: string | null;
}

/**
 * Reads `parse.key`, `key.separator`, `parse.headers`, `headers.delimiter`, `headers.separator`,
 * `headers.key.separator`, `ignore.error` and `null.marker`.
 * @throws kind `invalid`, code `INVALID_CONFIG`, when two separators are the same
 */
export function lineFormat(properties: Properties): LineFormat {
  const isTrue = (name: string): boolean => properties[name]?.trim().toLowerCase() === "true";
  const format: LineFormat = {
    parseKey: isTrue("parse.key"),
    parseHeaders: isTrue("parse.headers"),
    ignoreError: isTrue("ignore.error"),
    keySeparator: properties["key.separator"] ?? "\t",
    headersDelimiter: properties["headers.delimiter"] ?? "\t",
    headersSeparator: properties["headers.separator"] ?? ",",
    headersKeySeparator: properties["headers.key.separator"] ?? ":",
    nullMarker: properties["null.marker"] ?? null,
  };
  checkDistinct(format);
  return format;
}

function checkDistinct(format: LineFormat): void {
  const pairs: readonly (readonly [keyof LineFormat & keyof typeof NAMES, keyof LineFormat & keyof typeof NAMES])[] = [
    ["headersDelimiter", "headersSeparator"],
    ["headersDelimiter", "headersKeySeparator"],
    ["headersSeparator", "headersKeySeparator"],
    ["nullMarker", "keySeparator"],
    ["nullMarker", "headersSeparator"],
    ["nullMarker", "headersDelimiter"],
    ["nullMarker", "headersKeySeparator"],
  ];
  for (const [one, other] of pairs) {
    if (format[one] === format[other]) throw invalid(`${NAMES[one]} and ${NAMES[other]} may not be equal`);
  }
}

const NAMES = {
  keySeparator: "key.separator",
  headersDelimiter: "headers.delimiter",
  headersSeparator: "headers.separator",
  headersKeySeparator: "headers.key.separator",
  nullMarker: "null.marker",
} as const;

/** Makes the function that turns the next line into a record. It counts lines for its messages. */
export function lineRecordReader(format: LineFormat): (line: Uint8Array) => ProducerRecord {
  let lineNumber = 0;
  const parsed = format.parseKey || format.parseHeaders;
  return (bytes) => {
    lineNumber++;
    // A plain line passes through untouched, so bytes that are not UTF-8 survive.
    if (!parsed && format.nullMarker === null) return { value: bytes };
    const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const headers = cut(line, format.parseHeaders, { separator: format.headersDelimiter, name: "headers delimiter" });
    const key = cut(headers.rest, format.parseKey, { separator: format.keySeparator, name: "key separator" });
    return {
      key: nullable(key.field),
      value: nullable(key.rest),
      headers: headers.field === null ? [] : splitHeaders(headers.field),
    };
  };

  function cut(
    from: Buffer,
    enabled: boolean,
    by: { readonly separator: string; readonly name: string },
  ): { readonly field: Buffer | null; readonly rest: Buffer } {
    if (!enabled) return { field: null, rest: from };
    const separator = Buffer.from(by.separator);
    const at = from.indexOf(separator);
    if (at >= 0) return { field: from.subarray(0, at), rest: from.subarray(at + separator.length) };
    if (format.ignoreError) return { field: null, rest: from };
    throw invalid(`No ${by.name} found on line number ${lineNumber}: '${from.toString()}'`);
  }

  function nullable(field: Buffer | null): Uint8Array | null {
    return field === null || field.toString() === format.nullMarker ? null : field;
  }

  function splitHeaders(field: Buffer): readonly RecordHeader[] {
    const text = field.toString();
    if (text === format.nullMarker) return [];
    return text.split(format.headersSeparator).map((pair) => {
      const at = pair.indexOf(format.headersKeySeparator);
      if (at < 0) {
        if (format.ignoreError) return { key: pair, value: null };
        throw invalid(`No header key separator found in pair '${pair}' on line number ${lineNumber}`);
      }
      const key = pair.slice(0, at);
      if (key === format.nullMarker) {
        throw invalid(`Header keys should not be equal to the null marker '${key}' as they can't be null`);
      }
      return { key, value: nullable(Buffer.from(pair.slice(at + format.headersKeySeparator.length))) };
    });
  }
}

function invalid(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "INVALID_CONFIG", message });
}
