import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore } from "@streambed/store-fs";
import { processDeployment } from "./process-deployment.ts";
import { endToEndSuite } from "./suite.ts";

endToEndSuite("a folder", async () => {
  const directory = await mkdtemp(join(tmpdir(), "streambed-end-to-end-"));
  const store = folderStore({ directory });
  const deployment = await processDeployment(store);
  return {
    ...deployment,
    async [Symbol.asyncDispose]() {
      await deployment[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
});
