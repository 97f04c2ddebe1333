import { memoryStore } from "@streambed/store-memory";
import { testObjectStore } from "@streambed/testing";
import { describe } from "vitest";

describe("memory", () => {
  testObjectStore(() => memoryStore());
});
