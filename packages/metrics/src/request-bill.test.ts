import { expect, test } from "vitest";
import { PRICE_LISTS } from "./price-lists.ts";
import { costOf, RequestBill } from "./request-bill.ts";
import type { Usage } from "./request-bill.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MILLION = 1_000_000;

function usage(requests: Partial<Usage["requests"]>, bytes: Partial<Usage> = {}): Usage {
  const none = { PUT: 0, GET: 0, HEAD: 0, LIST: 0, DELETE: 0 };
  return { requests: { ...none, ...requests }, sentBytes: 0, receivedBytes: 0, ...bytes };
}

test("a million writes and lists, and reads that find nothing, cost what the lists say", () => {
  const some = usage({ PUT: MILLION, LIST: MILLION, GET: MILLION, HEAD: MILLION, DELETE: MILLION });
  expect(costOf(some, PRICE_LISTS.s3)).toBeCloseTo(10.8);
  expect(costOf(some, PRICE_LISTS.r2)).toBeCloseTo(9.72);
  expect(costOf(some, PRICE_LISTS.none)).toBe(0);
  const bytes = usage({}, { sentBytes: 1e12, receivedBytes: 1e12 });
  expect(costOf(bytes, PRICE_LISTS["s3-express"])).toBeCloseTo(3.8);
});

test("the month's bill begins anew with the month, and the rate of the last hour is projected", () => {
  const startMs = Date.UTC(2026, 3, 29);
  const bill = new RequestBill(PRICE_LISTS.s3, startMs);
  // A dollar an hour until the month ends, 48 hours later; half as much afterwards.
  const dollars = (count: number): Usage => usage({ PUT: (count * MILLION) / 5 });
  for (let hour = 1; hour < 48; hour++) bill.at(startMs + hour * HOUR, dollars(hour));
  const last = bill.at(startMs + 47 * HOUR + MINUTE, dollars(47 + 1 / 60));
  expect(last.dollars).toBeCloseTo(47.02, 1);
  expect(last.projectedDollars).toBeCloseTo(48, 1);
  expect(last.monthlyDollars).toBeCloseTo(30 * 24, 0);
  bill.at(startMs + 48 * HOUR, dollars(48));
  const next = bill.at(startMs + 50 * HOUR, dollars(49));
  expect(next.dollars).toBeCloseTo(1);
  expect(next.projectedDollars).toBeCloseTo(1 + (31 * 24 - 2) / 2, 0);
});

test("a clock that went back projects nothing rather than nonsense", () => {
  const nowMs = Date.UTC(2026, 3, 15);
  const bill = new RequestBill(PRICE_LISTS.s3, nowMs);
  bill.at(nowMs + HOUR, usage({ PUT: MILLION }));
  const back = bill.at(nowMs - HOUR, usage({ PUT: 2 * MILLION }));
  expect(back).toMatchObject({ dollars: 10, projectedDollars: 10, monthlyDollars: 0 });
});
