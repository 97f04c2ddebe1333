import { objectStoreContract } from "@streambed/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startContractWorker, type ContractHarness } from "../workerd/contract-harness.ts";

// A thousand writes take half the time of the whole suite in workerd; the slow suite has this claim, too.
const slow = "a page holds at most 1,000 keys and the walk finds each once";
const claims = [...objectStoreContract.map(({ name }) => name).filter((name) => name !== slow), "probe"];
let harness: ContractHarness;
beforeAll(async () => {
  harness = await startContractWorker();
}, 60_000);
afterAll(() => harness[Symbol.asyncDispose]());

describe("R2 in workerd", () => {
  test.each(claims)("%s", async (claim) => {
    expect(await harness.run(claim)).toBe("holds");
  });
});
