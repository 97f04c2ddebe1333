import { DURABLE_MBPS, STEADY_MBPS, type Measurement } from "./measure.ts";

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly streambed: number | undefined;
  readonly kafka: number | undefined;
  /** Ours divided by Kafka's. */
  readonly ratio: number | undefined;
  readonly goal: string;
  readonly reached: boolean | undefined;
}

interface Metric {
  readonly key: keyof Measurement;
  readonly name: string;
  readonly unit: string;
  /** The bound of the ratio, where there is one. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

const METRICS: readonly Metric[] = [
  { key: "produceMBps", name: "produce", unit: "MB/s", atLeast: 1 },
  { key: "consumeMBps", name: "consume", unit: "MB/s", atLeast: 1 },
  { key: "durableP50Ms", name: `p50 at ${DURABLE_MBPS} MB/s, both fsync`, unit: "ms" },
  { key: "durableP99Ms", name: `p99 at ${DURABLE_MBPS} MB/s, both fsync`, unit: "ms", atMost: 1 },
  { key: "durableP999Ms", name: `p99.9 at ${DURABLE_MBPS} MB/s, both fsync`, unit: "ms" },
  { key: "p50Ms", name: `p50 at ${STEADY_MBPS} MB/s`, unit: "ms" },
  { key: "p99Ms", name: `p99 at ${STEADY_MBPS} MB/s`, unit: "ms" },
  { key: "bootMs", name: "boot, empty folder", unit: "ms", atMost: 0.3 },
  { key: "rebootMs", name: "boot, with data", unit: "ms" },
  { key: "idleMiB", name: "idle memory", unit: "MiB", atMost: 0.5 },
  { key: "loadedMiB", name: "memory after load", unit: "MiB" },
];

/** Medians over runs, and the ratio of the medians. */
export function compare(streambed: readonly Measurement[], kafka: readonly Measurement[]): Row[] {
  return METRICS.map(({ key, name, unit, atLeast, atMost }) => {
    const ours = median(streambed.map((run) => run[key]));
    const theirs = median(kafka.map((run) => run[key]));
    const ratio = ours === undefined || theirs === undefined ? undefined : ours / theirs;
    const goal = atLeast === undefined ? (atMost === undefined ? "" : `≤ ${atMost}`) : `≥ ${atLeast}`;
    const reached =
      goal === "" || ratio === undefined ? undefined : ratio >= (atLeast ?? 0) && ratio <= (atMost ?? Infinity);
    return { name, unit, streambed: ours, kafka: theirs, ratio, goal, reached };
  });
}

/** The rows as a Markdown table. */
export function markdown(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["median", "Streambed", "Kafka", "ratio", "goal"]),
    line(["---", "---:", "---:", "---:", "---"]),
    ...rows.map(({ name, unit, streambed, kafka, ratio, goal, reached }) =>
      line([
        `${name} (${unit})`,
        shown(streambed),
        shown(kafka),
        ratio === undefined ? "" : ratio.toFixed(2),
        reached === undefined ? goal : `${goal} ${reached ? "reached" : "missed"}`,
      ]),
    ),
  ].join("\n");
}

function shown(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(value < 100 ? 1 : 0);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
