import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { s3Store } from "@streambed/store-s3";
import { startS3 } from "../../tools/peers/s3.ts";
import { processDeployment } from "./process-deployment.ts";
import { endToEndSuite } from "./suite.ts";

endToEndSuite("a real S3 server", async () => {
  const dir = await mkdtemp(join(tmpdir(), "streambed-end-to-end-s3-"));
  const { endpoint, region, accessKey, secretKey, createBucket, stop } = await startS3({ dir });
  await createBucket("end-to-end");
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const store = s3Store({ bucket: "end-to-end", prefix: "cluster", endpoint, region, credentials });
  const deployment = await processDeployment(store);
  return {
    ...deployment,
    async [Symbol.asyncDispose]() {
      await deployment[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      await stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
