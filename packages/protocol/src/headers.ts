import { ByteReader, type ByteWriter } from "@streambed/kernel";
import type { ApiDescription } from "./api-description.ts";
import { apiByKey } from "./apis.ts";
import { API_KEYS } from "./generated/apis.ts";
import {
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequestHeader,
  encodeResponseHeader,
  type RequestHeader,
} from "./generated/headers.ts";

/** True when this version of the API has compact types and tagged fields. */
export function isFlexible(api: ApiDescription, version: number): boolean {
  return api.flexibleFrom !== null && version >= api.flexibleFrom;
}

/** Version of the request header in front of a request: 2 with tagged fields, else 1. */
export function requestHeaderVersion(api: ApiDescription, version: number): number {
  return isFlexible(api, version) ? 2 : 1;
}

/**
 * Version of the response header: 1 with tagged fields, else 0.
 * ApiVersions always answers with 0, so that a client that asked too new a version can read it (KIP-511).
 */
export function responseHeaderVersion(api: ApiDescription, version: number): number {
  return isFlexible(api, version) && api.apiKey !== API_KEYS.ApiVersions ? 1 : 0;
}

/**
 * Reads the header of a request and leaves the reader at its body.
 *
 * An ApiVersions request of a version nobody here knows is read like the newest one, because its answer must be
 * UNSUPPORTED_VERSION rather than silence.
 *
 * @returns the header, and the API; `api` is undefined when the key is unknown, and then only the fixed part was read
 * @throws kind `corrupt`, code `MALFORMED_BYTES`
 */
export function readRequestHeader(reader: ByteReader): { header: RequestHeader; api: ApiDescription | undefined } {
  const peek = new ByteReader(reader.bytes, reader.position, reader.end);
  const api = apiByKey(peek.int16());
  const version = peek.int16();
  if (api === undefined) return { header: decodeRequestHeader(reader, 1), api };
  return { header: decodeRequestHeader(reader, requestHeaderVersion(api, version)), api };
}

/** What {@link writeRequestHeader} needs to know. */
export interface RequestHeaderFields {
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

/** Writes the header of a request. */
export function writeRequestHeader(writer: ByteWriter, api: ApiDescription, fields: RequestHeaderFields): void {
  const { version, correlationId, clientId } = fields;
  const header = { requestApiKey: api.apiKey, requestApiVersion: version, correlationId, clientId };
  encodeRequestHeader(writer, header, requestHeaderVersion(api, version));
}

/** Reads the header of a response and leaves the reader at its body. Returns the correlation id. */
export function readResponseHeader(reader: ByteReader, api: ApiDescription, version: number): number {
  return decodeResponseHeader(reader, responseHeaderVersion(api, version)).correlationId;
}

/** What {@link writeResponseHeader} needs to know. */
export interface ResponseHeaderFields {
  readonly version: number;
  readonly correlationId: number;
}

/** Writes the header of a response. */
export function writeResponseHeader(writer: ByteWriter, api: ApiDescription, fields: ResponseHeaderFields): void {
  const version = responseHeaderVersion(api, fields.version);
  encodeResponseHeader(writer, { correlationId: fields.correlationId }, version);
}
