import type { MetricLabels } from "@streambed/kernel";
import type { MetricSpec } from "./catalog.ts";
import { SERIES_PER_METRIC_MAX } from "./limits.ts";

const NO_BUCKETS: readonly number[] = [];

/** One series: a number, or the counts of a histogram. */
export interface Series {
  readonly labels: MetricLabels | undefined;
  /** Counters and gauges: the value. Histograms: the sum of all observations. */
  value: number;
  /** Histograms: observations in each bucket (not cumulated), and above the last bound. */
  readonly counts: Float64Array;
}

/** All series of one metric. */
export class Metric {
  readonly spec: MetricSpec;
  readonly #labelled = new Map<string, Series>();
  #plain: Series | undefined;

  constructor(spec: MetricSpec) {
    this.spec = spec;
  }

  get series(): readonly Series[] {
    return this.#plain === undefined ? [...this.#labelled.values()] : [this.#plain];
  }

  /** The series with these labels; undefined when there are too many. */
  at(labels: MetricLabels | undefined): Series | undefined {
    if (labels === undefined || this.spec.labels === undefined) return (this.#plain ??= this.#newSeries(undefined));
    // One label is the usual case, on the hot path too.
    const [first = "", ...rest] = this.spec.labels;
    let key = labels[first] ?? "";
    for (const name of rest) key += `\u0000${labels[name] ?? ""}`;
    const known = this.#labelled.get(key);
    if (known !== undefined) return known;
    if (this.#labelled.size >= SERIES_PER_METRIC_MAX) return undefined;
    const series = this.#newSeries(labels);
    this.#labelled.set(key, series);
    return series;
  }

  /** Forgets all series; for gauges whose labels come and go. */
  clear(): void {
    this.#labelled.clear();
    this.#plain = undefined;
  }

  #newSeries(labels: MetricLabels | undefined): Series {
    const { kind, buckets = NO_BUCKETS } = this.spec;
    return { labels, value: 0, counts: new Float64Array(kind === "histogram" ? buckets.length + 1 : 0) };
  }
}
