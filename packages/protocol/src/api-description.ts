import type { ByteReader, ByteWriter } from "@streambed/kernel";

/** One API of the Kafka protocol: its number, its version range and its codecs. */
export interface ApiDescription {
  readonly apiKey: number;
  readonly name: string;
  /** Lowest and highest version these codecs know; what a broker advertises may be less. */
  readonly minVersion: number;
  readonly maxVersion: number;
  /** First version with compact types and tagged fields; null when there is none. */
  readonly flexibleFrom: number | null;
  /** True when `maxVersion` is not final yet and should not be advertised by default. */
  readonly latestVersionUnstable: boolean;
  decodeRequest(reader: ByteReader, version: number): object;
  encodeRequest(writer: ByteWriter, value: object, version: number): void;
  decodeResponse(reader: ByteReader, version: number): object;
  encodeResponse(writer: ByteWriter, value: object, version: number): void;
}
