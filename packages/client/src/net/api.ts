import type { ByteReader, ByteWriter } from "@streambed/kernel";

/** One API as the client speaks it: only the request encoder and the response decoder, so bundles stay small. */
export interface Api<Request, Response> {
  readonly key: number;
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** First version with tagged fields. */
  readonly flexibleFrom: number;
  readonly encodeRequest: (writer: ByteWriter, request: Request, version: number) => void;
  readonly decodeResponse: (reader: ByteReader, version: number) => Response;
}

/** Versions a broker offers of one API. */
export interface VersionRange {
  readonly minVersion: number;
  readonly maxVersion: number;
}
