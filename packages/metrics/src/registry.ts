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
 * Creates a registry of the metrics in the catalogue. A name it does not know is a mistake in the program, which a test
 * finds; here it only counts as dropped, because no request should fail for want of a number.
 *
 * @example
 * const metrics = createRegistry();
 * const log = await openShardLog({ store, meter: metrics });
 * console.log(metrics.text("prometheus"));
 */
export function createRegistry(): MetricRegistry {
  const all = new Map(METRICS.map((spec) => [spec.name, new Metric(spec)]));
  const collectors: (() => void)[] = [];
  const series = (name: string, labels: MetricLabels | undefined): ReturnType<Metric["at"]> => {
    const found = all.get(name)?.at(labels);
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
      const buckets = all.get(name)?.spec.buckets ?? [];
      let bucket = 0;
      while (bucket < buckets.length && value > (buckets[bucket] ?? 0)) bucket++;
      found.value += value;
      found.counts[bucket] = (found.counts[bucket] ?? 0) + 1;
    },
    set(name, value, labels) {
      const found = series(name, labels);
      if (found !== undefined) found.value = value;
    },
    clear: (name) => all.get(name)?.clear(),
    onScrape: (collect) => void collectors.push(collect),
    value: (name, labels) => all.get(name)?.at(labels)?.value ?? 0,
    values: (name) => all.get(name)?.series.map(({ labels, value }) => ({ labels, value })) ?? [],
    text(format) {
      for (const collect of collectors) collect();
      return exposition([...all.values()], format);
    },
  };
}
