import type { Logger, LogLevel } from "@streambed/kernel";

/** Options of {@link consoleLogger}. */
export interface ConsoleLoggerOptions {
  /** `human`: one aligned line with fields as key=value. `json`: one object a line. */
  readonly format: "human" | "json";
  /** Least severe level that is written. */
  readonly level: LogLevel;
  /** Where lines go; standard error by default, so that standard output stays for data. */
  readonly write?: (line: string) => void;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes log events as lines. */
export function consoleLogger(options: ConsoleLoggerOptions): Logger {
  const write = options.write ?? ((line: string): void => void process.stderr.write(line));
  const format = options.format === "json" ? jsonLine : humanLine;
  return {
    log(level, event, fields = {}) {
      if (RANK[level] < RANK[options.level]) return;
      write(format(new Date(options.now()).toISOString(), { level, event, fields }));
    },
  };
}

interface LogEvent {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function jsonLine(time: string, { level, event, fields }: LogEvent): string {
  return `${JSON.stringify({ time, level, event, ...fields }, plain)}\n`;
}

function humanLine(time: string, { level, event, fields }: LogEvent): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${humanValue(value)}`);
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${event}${pairs.join("")}\n`;
}

function humanValue(value: unknown): string {
  const known = plain("", value);
  const text = typeof known === "string" ? known : JSON.stringify(known, plain);
  return text !== undefined && /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text ?? "undefined");
}

/** Values JSON has no word for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return value.message;
  return value;
}
