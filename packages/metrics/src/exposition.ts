import type { MetricLabels } from "@streambed/kernel";
import type { Metric, Series } from "./metric.ts";

/** Prometheus' text format 0.0.4, or OpenMetrics 1.0. */
export type TextFormat = "prometheus" | "openmetrics";

/** Media types of the formats. */
export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The format that an `Accept` header asks for. */
export function formatFor(accept: string): TextFormat {
  return accept.includes("application/openmetrics-text") ? "openmetrics" : "prometheus";
}

/** All metrics that have a value, as text. */
export function exposition(metrics: readonly Metric[], format: TextFormat): string {
  const blocks = metrics.filter(({ series }) => series.length > 0).map((metric) => block(metric, format));
  return blocks.join("") + (format === "openmetrics" ? "# EOF\n" : "");
}

function block(metric: Metric, format: TextFormat): string {
  const { name, kind, help } = metric.spec;
  // OpenMetrics names the family of a counter without its ending.
  const family = format === "openmetrics" && kind === "counter" ? name.replace(/_total$/, "") : name;
  const head = `# HELP ${family} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${family} ${kind}\n`;
  return head + metric.series.map((series) => lines(metric, series)).join("");
}

function lines({ spec }: Metric, { labels, value, counts }: Series): string {
  const { name, kind, buckets = [] } = spec;
  if (kind !== "histogram") return `${name}${labelText(labels)} ${numberText(value)}\n`;
  let text = "";
  let cumulated = 0;
  for (const [at, count] of counts.entries()) {
    cumulated += count;
    const le = buckets[at];
    text += `${name}_bucket${labelText({ ...labels, le: le === undefined ? "+Inf" : numberText(le) })} ${cumulated}\n`;
  }
  const own = labelText(labels);
  return `${text}${name}_sum${own} ${numberText(value)}\n${name}_count${own} ${cumulated}\n`;
}

function labelText(labels: MetricLabels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
