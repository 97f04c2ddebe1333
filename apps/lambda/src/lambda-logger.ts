import type { Logger } from "@streambed/kernel";

/** Writes events where CloudWatch collects them: one JSON object a line. Debug events are left out. */
export function lambdaLogger(): Logger {
  return {
    log(level, event, fields = {}) {
      if (level === "debug") return;
      process.stdout.write(`${JSON.stringify({ level, event, ...fields }, plain)}\n`);
    },
  };
}

/** Values JSON has no word for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Error ? value.message : value;
}
