import type { RecordMetadata } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { expect, test } from "vitest";
import { ProduceReport } from "./produce-report.ts";

function failed(code: string): RecordMetadata {
  const error = new StreambedError({ kind: "unavailable", code, message: `${code} in a test` });
  return { ok: false, topic: "t", partition: 0, error };
}

test("failures are counted by error, and what has no result is told apart", async () => {
  const report = new ProduceReport("t");
  const groups = (async function* groups() {
    yield Array.from({ length: 6 }, () => ({ value: null }));
  })();
  for await (const _ of report.watch(groups));
  report.add({ ok: true, topic: "t", partition: 1, offset: 7, timestamp: 0 });
  for (const code of ["REQUEST_TIMED_OUT", "MESSAGE_TOO_LARGE", "REQUEST_TIMED_OUT"]) report.add(failed(code));
  expect(report.firstError?.code).toBe("REQUEST_TIMED_OUT");
  const givenUp = new StreambedError({ kind: "limit", code: "BUFFER_EXHAUSTED", message: "" });
  expect(report.summary(givenUp)).toBe(
    "Sent 1 record to t (partition@offset 1@7); 3 failed (2 REQUEST_TIMED_OUT, 1 MESSAGE_TOO_LARGE); " +
      "2 not acknowledged (BUFFER_EXHAUSTED).",
  );
});
