import { STORE_SECONDS } from "./buckets.ts";
import type { MetricSpec } from "./catalog.ts";

/** Requests to the bucket, and what they cost. */
export const STORE_METRICS: readonly MetricSpec[] = [
  {
    name: "streambed_store_requests_total",
    kind: "counter",
    labels: ["verb", "outcome"],
    help: "Requests to the bucket by verb (PUT, GET, HEAD, LIST, DELETE) and outcome (ok, conflict, missing, or the error's code).",
  },
  {
    name: "streambed_store_request_seconds",
    kind: "histogram",
    labels: ["verb"],
    buckets: STORE_SECONDS,
    help: "Time until the bucket has answered, by verb; failures included.",
  },
  { name: "streambed_store_sent_bytes_total", kind: "counter", help: "Bytes of objects sent to the bucket." },
  { name: "streambed_store_received_bytes_total", kind: "counter", help: "Bytes of objects received from the bucket." },
  {
    name: "streambed_request_bill_dollars",
    kind: "gauge",
    labels: ["price_list"],
    help: "What this process's requests of this month cost at list prices; requests before its start are not known.",
  },
  {
    name: "streambed_request_bill_projected_dollars",
    kind: "gauge",
    labels: ["price_list"],
    help: "The same at the end of the month if requests go on as in the last hour.",
  },
];
