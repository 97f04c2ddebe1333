import { objectStoreContract } from "@streambed/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startContractWorker, type ContractHarness } from "../workerd/contract-harness.ts";

const claims = objectStoreContract.map(({ name }) => name);
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
