import { HOUSEKEEPING_METRICS } from "./catalog-housekeeping.ts";
import { KAFKA_METRICS } from "./catalog-kafka.ts";
import { LOG_METRICS } from "./catalog-log.ts";
import { PROCESS_METRICS } from "./catalog-process.ts";
import { STORE_METRICS } from "./catalog-store.ts";

/** What is measured under one name. */
export interface MetricSpec {
  /** Prometheus' conventions: base units, `_total` behind counters. */
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  /** One sentence, for those who look at the numbers. */
  readonly help: string;
  /** What tells its series apart. Values come from small sets, or are names that an operator chose. */
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly buckets?: readonly number[];
}

/** Every metric there is. `docs/metrics.md` explains them; a test keeps both and the code together. */
export const METRICS: readonly MetricSpec[] = [
  ...KAFKA_METRICS,
  ...LOG_METRICS,
  ...STORE_METRICS,
  ...HOUSEKEEPING_METRICS,
  ...PROCESS_METRICS,
];
