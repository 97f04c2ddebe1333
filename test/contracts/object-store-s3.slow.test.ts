import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom, systemClock } from "@streambed/kernel";
import { probeConformance } from "@streambed/log-storage";
import { uncopiedBody } from "@streambed/runtime-node";
import { s3Store, type S3Store } from "@streambed/store-s3";
import { testObjectStore } from "@streambed/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startS3, type S3Server } from "../../tools/peers/s3.ts";

let server: S3Server;
let dir = "";
let made = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "streambed-s3-"));
  server = await startS3({ dir });
  await server.createBucket("contract");
});

afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

function connect(options: Partial<Parameters<typeof s3Store>[0]> = {}): S3Store {
  const { endpoint, region, accessKey, secretKey } = server;
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  return s3Store({ bucket: "contract", endpoint, region, credentials, ...options });
}

describe.each([
  ["joined first", {}],
  ["as they are", { toBody: uncopiedBody }],
])("a real S3 server that is sent chunks %s", (_title, options) => {
  testObjectStore(() => connect({ prefix: `run-${(made += 1)}`, ...options }), {
    skip: [
      {
        reason: "the server keeps objects as files, and a path is a file or a directory",
        tests: ["a key and a key below it can both exist"],
      },
    ],
  });
});

describe("a real S3 server", () => {
  test("passes the conformance probe", async () => {
    const store = connect({ prefix: "probed" });
    await probeConformance(store, { clock: systemClock(), random: seededRandom(1) });
    expect((await store.list({ prefix: "" })).objects).toEqual([]);
  });

  test("an unknown bucket is named", async () => {
    const store = connect({ bucket: "missing-bucket" });
    const code = "BUCKET_NOT_FOUND";
    await expect(store.get("key")).rejects.toMatchObject({ kind: "not-found", code });
    await expect(store.put("key", [])).rejects.toMatchObject({ code });
    await expect(store.list({ prefix: "" })).rejects.toMatchObject({ code });
  });

  test("wrong credentials are refused, and the secret is not shown", async () => {
    for (const credentials of [
      { accessKeyId: server.accessKey, secretAccessKey: "not-the-secret" },
      { accessKeyId: "nobody", secretAccessKey: "not-the-secret" },
    ]) {
      const error: unknown = await connect({ credentials })
        .put("key", [])
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ kind: "denied", code: "STORE_ACCESS_DENIED" });
      expect(JSON.stringify(error) + String(error)).not.toContain("not-the-secret");
    }
  });
});
