import { expect, test } from "vitest";
import { consoleLogger } from "./console-logger.ts";

function written(format: "human" | "json", fields: Record<string, unknown>): string {
  const lines: string[] = [];
  const logger = consoleLogger({ format, level: "info", now: () => 0, write: (line) => lines.push(line) });
  logger.log("debug", "not.seen");
  logger.log("info", "server.started", fields);
  return lines.join("");
}

test("human lines quote what has spaces", () => {
  expect(written("human", { port: 9092, reason: "two words", offset: 7n })).toBe(
    '00:00:00.000 INFO  server.started port=9092 reason="two words" offset=7\n',
  );
});

test("json lines are one object each, and take big integers and errors", () => {
  const line = written("json", { offset: 7n, error: new Error("broken\nbadly") });
  expect(JSON.parse(line)).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    event: "server.started",
    offset: "7",
    error: "broken\nbadly",
  });
  expect(line.split("\n")).toHaveLength(2);
});
