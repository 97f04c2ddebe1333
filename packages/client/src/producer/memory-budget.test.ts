import { expect, test } from "vitest";
import { MemoryBudget } from "./memory-budget.ts";

test("who asks first is served first", async () => {
  const budget = new MemoryBudget(10);
  expect(budget.tryReserve(8)).toBe(true);
  const order: string[] = [];
  const large = budget.reserve(9).taken.then(() => order.push("large"));
  expect(budget.tryReserve(1)).toBe(false);
  budget.release(8);
  await large;
  const small = budget.reserve(2).taken.then(() => order.push("small"));
  budget.release(9);
  await small;
  expect(order).toEqual(["large", "small"]);
});

test("a place given up lets the next one in", async () => {
  const budget = new MemoryBudget(10);
  budget.tryReserve(5);
  const first = budget.reserve(9);
  const second = budget.reserve(3);
  first.cancel();
  await second.taken;
  expect(budget.exhausted).toBe(false);
});

test("a record larger than the whole budget is let in alone", () => {
  expect(new MemoryBudget(10).tryReserve(50)).toBe(true);
});
