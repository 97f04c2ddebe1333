import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startS3 } from "../../tools/peers/s3.ts";
import type { S3Server } from "../../tools/peers/s3.ts";
import { ROOT } from "../../tools/diagram/workspace.ts";
import { RestCalls } from "../end-to-end/rest-calls.ts";
import { eventOf } from "./events.ts";
import { startFunction } from "./function-process.ts";
import type { FunctionProcess } from "./function-process.ts";

const RECORDS_EACH = 40;
const bundle = join(ROOT, "apps/lambda/dist/bundle/index.mjs");

let dir = "";
let server: S3Server;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "streambed-lambda-"));
  server = await startS3({ dir });
  await server.createBucket("function");
  await promisify(execFile)(process.execPath, [join(ROOT, "apps/lambda/bundle.mjs")]);
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

function start(): Promise<FunctionProcess> {
  return startFunction(bundle, {
    STREAMBED_STORE: "s3://function/cluster",
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_REGION: server.region,
    AWS_ACCESS_KEY_ID: server.accessKey,
    AWS_SECRET_ACCESS_KEY: server.secretKey,
  });
}

/** REST calls to one instance. */
function callsOf(instance: FunctionProcess): RestCalls {
  return new RestCalls({
    async fetch(request) {
      const { statusCode, headers, body, isBase64Encoded } = await instance.invoke(await eventOf(request));
      const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
      return new Response(bytes.length === 0 ? null : bytes, { status: statusCode, headers });
    },
  });
}

test("two instances write to one bucket at once, one is killed, and a third reads what both acknowledged", async () => {
  using left = await start();
  using right = await start();
  const writers = [callsOf(left), callsOf(right)];
  await writers[0]?.createTopic("orders", 1);
  const acknowledged = new Map<number, string>();
  const write = async (calls: RestCalls, name: string): Promise<void> => {
    for (let at = 0; at < RECORDS_EACH; at++) {
      const [offset = -1] = await calls.produceV2("orders", [`${name} ${at}`]);
      expect(acknowledged.has(offset)).toBe(false);
      acknowledged.set(offset, `${name} ${at}`);
    }
  };
  await Promise.all(writers.map((calls, at) => write(calls, `writer-${at}`)));
  expect([...acknowledged.keys()].toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 2 * RECORDS_EACH }, (_, offset) => offset),
  );

  left[Symbol.dispose]();
  using third = await start();
  const reader = callsOf(third);
  const path = `/v3/clusters/${await reader.clusterId()}/topics/orders/partitions/0/records?offset=0&value_type=STRING`;
  const { data } = (await reader.expect(200, "GET", path)) as {
    readonly data: readonly { readonly offset: number; readonly value: { readonly data: string } }[];
  };
  expect(new Map(data.map(({ offset, value }) => [offset, value.data]))).toEqual(acknowledged);
});
