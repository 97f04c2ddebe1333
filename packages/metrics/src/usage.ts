import type { StoreVerb } from "./metered-store.ts";
import { STORE_VERBS } from "./metered-store.ts";
import type { MetricRegistry } from "./registry.ts";
import type { Usage } from "./request-bill.ts";

/** Requests that a metered store has counted in a registry. */
export function usageOf(metrics: MetricRegistry): Usage {
  const requests: Record<StoreVerb, number> = { PUT: 0, GET: 0, HEAD: 0, LIST: 0, DELETE: 0 };
  for (const { labels, value } of metrics.values("streambed_store_requests_total")) {
    const verb = STORE_VERBS.find((each) => each === labels?.["verb"]);
    if (verb !== undefined) requests[verb] += value;
  }
  return {
    requests,
    sentBytes: metrics.value("streambed_store_sent_bytes_total"),
    receivedBytes: metrics.value("streambed_store_received_bytes_total"),
  };
}
