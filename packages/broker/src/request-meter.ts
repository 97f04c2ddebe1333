import { byteLength } from "@streambed/kernel";
import type { Clock, Meter, MetricLabels } from "@streambed/kernel";
import type { BatchInput, BatchOutcome } from "@streambed/log-storage";
import type { ApiTypes } from "@streambed/protocol";

const labelsByApi = new Map<string, MetricLabels>();

/** One object for each API, so that a request costs no new one. */
function labelsOf(api: string): MetricLabels {
  const known = labelsByApi.get(api);
  if (known !== undefined) return known;
  const labels = { api };
  labelsByApi.set(api, labels);
  return labels;
}

/** Counts a request now; the function that is returned counts its answer. */
export function meterRequest(
  { meter, clock }: { readonly meter: Meter; readonly clock: Clock },
  api: string,
  bytes: number,
): (answer: readonly Uint8Array[]) => void {
  const labels = labelsOf(api);
  const startedMs = clock.elapsed();
  meter.count("streambed_kafka_received_bytes_total", bytes, labels);
  return (answer) => {
    meter.count("streambed_kafka_requests_total", 1, labels);
    meter.count("streambed_kafka_sent_bytes_total", byteLength(answer), labels);
    meter.observe("streambed_kafka_request_seconds", (clock.elapsed() - startedMs) / 1000, labels);
  };
}

/** Counts what became durable. Duplicates were counted when they came first. */
export function meterProduced(meter: Meter, batches: readonly BatchInput[], outcomes: readonly BatchOutcome[]): void {
  let records = 0;
  let bytes = 0;
  for (const [at, batch] of batches.entries()) {
    if (outcomes[at]?.status !== "appended") continue;
    records += batch.recordCount;
    bytes += batch.bytes.length;
  }
  meter.count("streambed_produced_records_total", records);
  meter.count("streambed_produced_bytes_total", bytes);
}

/** Where a v2 batch says how many records it has. */
const RECORD_COUNT_AT = 57;
const RECORD_COUNT_BYTES = 4;

/** Counts what a consumer is given. */
export function meterFetched(meter: Meter, answer: ApiTypes["Fetch"]["responseInput"]): void {
  let records = 0;
  let bytes = 0;
  for (const { partitions } of answer.responses) {
    for (const { records: batches } of partitions) {
      for (const batch of batches ?? []) {
        bytes += batch.length;
        if (batch.length < RECORD_COUNT_AT + RECORD_COUNT_BYTES) continue;
        records += new DataView(batch.buffer, batch.byteOffset, batch.length).getInt32(RECORD_COUNT_AT);
      }
    }
  }
  if (bytes === 0) return;
  meter.count("streambed_fetched_records_total", records);
  meter.count("streambed_fetched_bytes_total", bytes);
}
