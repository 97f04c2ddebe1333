import { StreambedError } from "@streambed/kernel";
import type { Meter, MetricLabels } from "@streambed/kernel";
import { METRICS } from "./catalog.ts";
import { exposition } from "./exposition.ts";
import type { TextFormat } from "./exposition.ts";
import { Metric } from "./metric.ts";

const DROPPED = "streambed_metrics_dropped_series_total";

/** A meter that keeps what it is told, for whoever asks. */
export interface MetricRegistry extends Meter {
  /** Sets a gauge. Without `labels` there is one value. */
  set(name: string, value: number, labels?: MetricLabels): void;
  /** Forgets all values of a gauge; before those that exist now are set. */
  clear(name: string): void;
  /** Calls back before each text, so that levels are read only when somebody looks. */
  onScrape(collect: () => void): void;
  /** One value: of counters the count, of histograms the sum. 0 when there is none. */
  value(name: string, labels?: MetricLabels): number;
  /** Every value of a metric with its labels. */
  values(name: string): readonly { readonly labels: MetricLabels | undefined; readonly value: number }[];
  /** All metrics that have a value. */
  text(format: TextFormat): string;
}

/**
 * Creates a registry of the metrics in the catalogue. Names it does not know are a mistake in the program: they throw
 * `UNKNOWN_METRIC` (kind internal).
 *
 * @example
 * const metrics = createRegistry();
 * const log = await openShardLog({ store, meter: metrics });
 * console.log(metrics.text("prometheus"));
 */
export function createRegistry(): MetricRegistry {
  const all = new Map(METRICS.map((spec) => [spec.name, new Metric(spec)]));
  const collectors: (() => void)[] = [];
  const metric = (name: string): Metric => {
    const found = all.get(name);
    if (found === undefined) throw unknown(name);
    return found;
  };
  const series = (name: string, labels: MetricLabels | undefined): ReturnType<Metric["at"]> => {
    const found = metric(name).at(labels);
    if (found === undefined) count(DROPPED, 1);
    return found;
  };
  const count = (name: string, amount: number, labels?: MetricLabels): void => {
    const found = series(name, labels);
    if (found !== undefined) found.value += amount;
  };
  return {
    count,
    observe(name, value, labels) {
      const found = series(name, labels);
      if (found === undefined) return;
      const { buckets = [] } = metric(name).spec;
      let bucket = 0;
      while (bucket < buckets.length && value > (buckets[bucket] ?? 0)) bucket++;
      found.value += value;
      found.counts[bucket] = (found.counts[bucket] ?? 0) + 1;
    },
    set(name, value, labels) {
      const found = series(name, labels);
      if (found !== undefined) found.value = value;
    },
    clear: (name) => metric(name).clear(),
    onScrape: (collect) => void collectors.push(collect),
    value: (name, labels) => metric(name).at(labels)?.value ?? 0,
    values: (name) => metric(name).series.map(({ labels, value }) => ({ labels, value })),
    text(format) {
      for (const collect of collectors) collect();
      return exposition([...all.values()], format);
    },
  };
}

function unknown(name: string): StreambedError {
  const message = `The metric ${name} is not in the catalogue of metrics.`;
  return new StreambedError({ kind: "internal", code: "UNKNOWN_METRIC", message });
}
