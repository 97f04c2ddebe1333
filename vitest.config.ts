import { defineConfig } from "vitest/config";

// Tests run the TypeScript source of every package, not its build: the condition below is in each manifest's exports.
const conditions = ["@streambed/source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tools/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [
      "**/node_modules/**",
      "**/dist/**",
      "test/**/*.slow.test.ts",
      "test/interop/**",
      "test/bench/**",
      ".cache/**",
    ],
    testTimeout: 20_000,
    pool: "threads",
  },
});
