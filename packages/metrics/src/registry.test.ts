import { expect, test } from "vitest";
import { SERIES_PER_METRIC_MAX } from "./limits.ts";
import { createRegistry } from "./registry.ts";

test("counters, gauges and histograms are written in Prometheus' format", () => {
  const metrics = createRegistry();
  metrics.count("streambed_log_puts_total", 1);
  metrics.count("streambed_log_puts_total", 2);
  metrics.count("streambed_kafka_requests_total", 1, { api: 'a"b\\c' });
  metrics.set("streambed_log_epoch", 7);
  const { text } = metrics;
  expect(text("prometheus")).toBe(`# HELP streambed_kafka_requests_total Kafka requests answered, by API.
# TYPE streambed_kafka_requests_total counter
streambed_kafka_requests_total{api="a\\"b\\\\c"} 1
# HELP streambed_log_puts_total Attempts to write an entry, repeats included.
# TYPE streambed_log_puts_total counter
streambed_log_puts_total 3
# HELP streambed_log_epoch Epoch of the shard: grows by one with each takeover; 0 without --cluster, where nobody claims it.
# TYPE streambed_log_epoch gauge
streambed_log_epoch 7
`);
});

test("a bucket holds what is at most its bound, and every bucket those before it", () => {
  const metrics = createRegistry();
  for (const value of [0.001, 0.0011, 0.3, 99]) {
    metrics.observe("streambed_store_request_seconds", value, { verb: "PUT" });
  }
  const lines = metrics.text("prometheus").split("\n");
  const at = (le: string): string | undefined => lines.find((line) => line.includes(`le="${le}"`));
  expect(at("0.0005")).toMatch(/ 0$/);
  expect(at("0.001")).toMatch(/ 1$/);
  expect(at("0.0025")).toMatch(/ 2$/);
  expect(at("0.5")).toMatch(/ 3$/);
  expect(at("10")).toMatch(/ 3$/);
  expect(at("+Inf")).toMatch(/ 4$/);
  expect(lines).toContain('streambed_store_request_seconds_count{verb="PUT"} 4');
  expect(lines.find((line) => line.startsWith("streambed_store_request_seconds_sum"))).toMatch(/99\.3021/);
});

test("OpenMetrics names counters without their ending, and ends with its mark", () => {
  const metrics = createRegistry();
  metrics.count("streambed_log_puts_total", 1);
  expect(metrics.text("openmetrics")).toBe(`# HELP streambed_log_puts Attempts to write an entry, repeats included.
# TYPE streambed_log_puts counter
streambed_log_puts_total 1
# EOF
`);
});

test("levels are read when the text is asked for, and old series of a gauge can go", () => {
  const metrics = createRegistry();
  let state = "Stable";
  metrics.onScrape(() => {
    metrics.clear("streambed_consumer_groups");
    metrics.set("streambed_consumer_groups", 1, { state });
  });
  expect(metrics.text("prometheus")).toContain('{state="Stable"} 1');
  state = "Empty";
  expect(metrics.text("prometheus")).not.toContain("Stable");
});

test("a metric with too many series drops what comes on top, and says so", () => {
  const metrics = createRegistry();
  for (let group = 0; group < SERIES_PER_METRIC_MAX + 5; group++) {
    metrics.set("streambed_consumer_group_lag_records", 1, { group: `g${group}`, topic: "t" });
  }
  expect(metrics.values("streambed_consumer_group_lag_records")).toHaveLength(SERIES_PER_METRIC_MAX);
  expect(metrics.value("streambed_metrics_dropped_series_total")).toBe(5);
});

test("a name that is not in the catalogue fails nobody, and is counted", () => {
  const metrics = createRegistry();
  metrics.count("streambed_nope_total", 1);
  metrics.observe("streambed_nope_seconds", 1);
  metrics.set("streambed_nope", 1);
  metrics.clear("streambed_nope");
  expect(metrics.values("streambed_nope")).toEqual([]);
  expect(metrics.value("streambed_metrics_dropped_series_total")).toBe(3);
});
