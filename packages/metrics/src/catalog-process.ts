import type { MetricSpec } from "./catalog.ts";

/** The process itself; names without our prefix are those that dashboards for any program know. */
export const PROCESS_METRICS: readonly MetricSpec[] = [
  { name: "streambed_build_info", kind: "gauge", labels: ["version"], help: "Always 1; the version is in the label." },
  {
    name: "streambed_metrics_dropped_series_total",
    kind: "counter",
    help: "Values that were not kept: their metric had too many series, or nobody declared it.",
  },
  { name: "process_resident_memory_bytes", kind: "gauge", help: "Memory of the process." },
  { name: "process_cpu_seconds_total", kind: "counter", help: "Processor time used since the start." },
  { name: "process_start_time_seconds", kind: "gauge", help: "When the process started, seconds since 1970." },
];
