/** Series of one metric. What comes on top is counted in `streambed_metrics_dropped_series_total`, not kept. */
export const SERIES_PER_METRIC_MAX = 1000;
/** How far back the request bill looks for the rate it projects, milliseconds. */
export const BILL_WINDOW_MS: number = 60 * 60_000;
/** Least time between two samples of that window, milliseconds. */
export const BILL_SAMPLE_MS = 60_000;
