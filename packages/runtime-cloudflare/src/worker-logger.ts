import type { Logger } from "@streambed/kernel";

/** Writes events where Cloudflare collects them: one JSON object a line, by severity. Debug events are left out. */
export function workerLogger(): Logger {
  return {
    log(level, event, fields = {}) {
      if (level === "debug") return;
      console[level](JSON.stringify({ event, ...fields }, plain));
    },
  };
}

/** Values JSON has no word for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Error ? value.message : value;
}
