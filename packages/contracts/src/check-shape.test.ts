import { expect, test } from "vitest";
import { checkShape } from "./check-shape.ts";
import { v2ProduceRequest } from "./rest-v2-produce.ts";

test("a body that fits loses unknown fields", () => {
  const shape = checkShape(v2ProduceRequest, { records: [{ value: 1, extra: 2 }], more: 3 });
  expect(shape).toEqual({ ok: true, value: { records: [{ value: 1 }] } });
});

test.each([
  [{}, true, "records: "],
  [{ records: null }, true, "records: "],
  [{ records: [] }, true, "records: "],
  [{ records: "many" }, false, "records: "],
  [{ records: [{ partition: "0" }] }, false, "records.0.partition: "],
  [{ records: [{ partition: -1 }] }, false, "records.0.partition: "],
])("%j does not fit, and whether something is missing is told", (body, absent, path) => {
  const shape = checkShape(v2ProduceRequest, body);
  expect(shape).toEqual({ ok: false, absent, message: expect.stringContaining(path) });
});
