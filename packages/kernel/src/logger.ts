/** Severity of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where events go. Secrets never reach it. */
export interface Logger {
  log(level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Tells the series of one metric apart. Values come from small sets: each new one is a new series. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Where numbers go. Names follow Prometheus: `streambed_log_puts_total`. */
export interface Meter {
  /** Adds to a counter. */
  count(name: string, amount: number, labels?: MetricLabels): void;
  /** Records one observation of a distribution, in the unit the name ends with. */
  observe(name: string, value: number, labels?: MetricLabels): void;
}

/** Throws everything away. */
export const silentLogger: Logger = { log: () => undefined };

/** Throws everything away. */
export const silentMeter: Meter = { count: () => undefined, observe: () => undefined };
