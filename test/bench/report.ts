import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";

/** What a figure must reach. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One line of a report. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly goal?: Goal;
}

/** What a harness found. */
export interface Report {
  readonly title: string;
  /** Everything somebody needs to run it again. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly figures: readonly Figure[];
  /** Single runs, samples, whatever stands behind the figures; only for the file. */
  readonly details?: unknown;
}

/** Whether the figure is what it should be; undefined without a goal. A figure that is no number reaches nothing. */
export function reached({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** Prints the report, writes it as JSON when asked to, and sets exit code 1 when a goal was missed. */
export async function conclude(report: Report, jsonFile: string | undefined): Promise<void> {
  const lines = report.figures.map((figure) => {
    const hit = reached(figure);
    const verdict = hit === undefined ? goalText(figure) : `${goalText(figure)} ${hit ? "reached" : "MISSED"}`;
    return `| ${figure.name} (${figure.unit}) | ${shown(figure.value)} | ${verdict} |`;
  });
  console.log(`\n${report.title}\n`);
  console.log(["| figure | value | goal |", "| --- | ---: | --- |", ...lines].join("\n"));
  if (report.figures.some((figure) => reached(figure) === false)) process.exitCode = 1;
  if (jsonFile === undefined) return;
  const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
  const figures = report.figures.map((figure) => ({ ...figure, reached: reached(figure) }));
  const written = { ...report, figures, machine, date: new Date().toISOString() };
  await writeFile(jsonFile, `${JSON.stringify(written, null, 2)}\n`);
}

function goalText({ goal }: Figure): string {
  if (goal === undefined) return "";
  return "atLeast" in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
}

function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
}
