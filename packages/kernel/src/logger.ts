/** Severity of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where events go. Secrets never reach it. */
export interface Logger {
  log(level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Where numbers go. Names follow Prometheus: `streambed_log_puts_total`. */
export interface Meter {
  /** Adds to a counter. */
  count(name: string, amount: number): void;
  /** Records one observation of a distribution, in the unit the name ends with. */
  observe(name: string, value: number): void;
}

/** Throws everything away. */
export const silentLogger: Logger = { log: () => undefined };

/** Throws everything away. */
export const silentMeter: Meter = { count: () => undefined, observe: () => undefined };
