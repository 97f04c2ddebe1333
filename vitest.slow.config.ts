import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

// Tests that need more than npm: a real S3 server is built on the first run (see tools/peers).
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ["test/**/*.slow.test.ts"],
      exclude: ["**/node_modules/**"],
      testTimeout: 120_000,
      hookTimeout: 900_000,
    },
  }),
);
