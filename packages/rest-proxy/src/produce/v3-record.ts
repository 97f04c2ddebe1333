import type { ProducerRecord, RecordHeader, RecordMetadata } from "@streambed/client";
import type { V3Record, V3RecordData } from "@streambed/contracts";
import { decodeBase64 } from "../base64.ts";
import { badRecord, partitionNotFound, schemasNotSupported } from "../errors.ts";
import { instantMs } from "../http/numbers.ts";
import { type ErrorBody, type RestError, toRestError } from "../rest-error.ts";
import { type PlainType, serialize } from "./serialize.ts";

/** Type and size of a key or value, for the report. */
interface DataReport {
  readonly type: PlainType;
  /** Serialized bytes; -1 for null, as Kafka counts. */
  readonly size: number;
}

/** A v3 record ready to be sent. */
export interface Outgoing {
  readonly record: ProducerRecord;
  readonly key: DataReport | undefined;
  readonly value: DataReport | undefined;
}

/** A delivery report as v3 writes it. */
export type Report = ErrorBody | (object & { readonly error_code: 200 });

/** @throws RestError for a record that cannot be sent as it is: 400, 404/40402 or 422/42206 */
export function toOutgoing(record: V3Record, topic: string): Outgoing {
  const partition = record.partition_id;
  if (typeof partition === "number" && partition < 0) throw partitionNotFound(topic, partition);
  const key = data(record.key);
  const value = data(record.value);
  return {
    record: {
      key: key?.bytes ?? null,
      value: value?.bytes ?? null,
      headers: (record.headers ?? []).map(header),
      ...(typeof partition === "number" ? { partition } : {}),
      ...timestamp(record.timestamp),
    },
    key: key?.report,
    value: value?.report,
  };
}

/** The report of an accepted record. */
export function successReport(
  result: RecordMetadata & { readonly ok: true },
  sent: Outgoing,
  clusterId: string,
): object {
  return {
    cluster_id: clusterId,
    topic_name: result.topic,
    partition_id: result.partition,
    offset: result.offset,
    // Java writes no fraction when there is none.
    ...(result.timestamp < 0 ? {} : { timestamp: new Date(result.timestamp).toISOString().replace(".000Z", "Z") }),
    ...(sent.key === undefined ? {} : { key: sent.key }),
    ...(sent.value === undefined ? {} : { value: sent.value }),
  };
}

/** The report of a refused record. Inside reports, Confluent folds codes such as 42206 into a 422 and the message. */
export function errorReport(thrown: unknown): ErrorBody {
  const error: RestError = toRestError(thrown);
  const folded = error.status === 422 && error.errorCode !== 422;
  return folded
    ? { error_code: 422, message: `Error: ${error.errorCode} : ${error.message}` }
    : { error_code: error.errorCode, message: error.message };
}

function data(
  field: V3RecordData | null | undefined,
): { readonly bytes: Uint8Array | null; readonly report: DataReport } | undefined {
  if (field === null || field === undefined) return undefined;
  const type = field.type;
  // Without a type, Confluent looks for the subject's newest schema; the other three types need one anyway.
  if (type !== "BINARY" && type !== "JSON" && type !== "STRING") throw schemasNotSupported();
  for (const name of ["subject_name_strategy", "subject", "schema_id", "schema_version", "schema"] as const) {
    if (field[name] !== null && field[name] !== undefined) {
      throw badRecord(`'type=${type}' cannot be used with '${name}'. Leave one of them out.`);
    }
  }
  const serialized = serialize(type, field.data);
  if (!serialized.ok) throw badRecord(serialized.reason);
  return { bytes: serialized.bytes, report: { type, size: serialized.bytes?.length ?? -1 } };
}

function header({ name, value }: { readonly name: string; readonly value?: string | null | undefined }): RecordHeader {
  if (value === null || value === undefined) return { key: name, value: null };
  const bytes = decodeBase64(value);
  if (bytes === null) throw badRecord(`The value of header '${name}' is not a valid base64 string.`);
  return { key: name, value: bytes };
}

function timestamp(at: string | number | null | undefined): { readonly timestamp?: number } {
  if (at === null || at === undefined) return {};
  const ms = typeof at === "number" ? at : instantMs(at);
  if (ms !== null && Number.isSafeInteger(ms) && ms >= 0) return { timestamp: ms };
  throw badRecord(`timestamp '${at}' is not an ISO 8601 instant such as 2026-01-31T12:00:00Z.`);
}
