import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installKcat } from "../../tools/peers/kcat.ts";
import { startServerProcess } from "../server/server-process.ts";
import type { ServerProcess } from "../server/server-process.ts";

const run = promisify(execFile);
/** Bytes that are neither UTF-8 nor free of zeros. */
const RAW = Buffer.from([0, 255, 254, 10, 128, 65]);
const V2_BINARY = "application/vnd.kafka.binary.v2+json";

let server: ServerProcess;
let folder: string;
beforeAll(async () => {
  await installKcat();
  folder = await mkdtemp(join(tmpdir(), "streambed-rest-"));
  server = await startServerProcess({ args: ["--data", folder] });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Runs curl the way the documentation does. */
async function curl(...args: string[]): Promise<unknown> {
  const { stdout } = await run("curl", ["--silent", "--show-error", ...args]);
  return JSON.parse(stdout === "" ? "null" : stdout);
}

async function kcatRead(topic: string): Promise<Buffer> {
  const args = ["-b", server.bootstrap, "-C", "-t", topic, "-e", "-q", "-D", ""];
  const { stdout } = await run("kcat", args, { encoding: "buffer" });
  return stdout;
}

async function kcatWrite(topic: string, value: Buffer): Promise<void> {
  // A delimiter that is not in the data, so that the bytes stay one record.
  const child = spawn("kcat", ["-b", server.bootstrap, "-P", "-t", topic, "-D", "=end="], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.stdin.end(value);
  const [status] = await once(child, "close");
  expect(status).toBe(0);
}

describe("bytes over curl and kcat", () => {
  it("base64 sent to v2 is read as raw bytes by kcat", async () => {
    const body = JSON.stringify({ records: [{ value: RAW.toString("base64") }] });
    const answer = await curl(`${server.restUrl}/topics/v2-bytes`, "-H", `content-type: ${V2_BINARY}`, "-d", body);
    expect(answer).toMatchObject({ offsets: [{ partition: 0, offset: 0, error_code: null, error: null }] });
    expect(await kcatRead("v2-bytes")).toEqual(RAW);
  });

  it("BINARY sent to v3 is read as raw bytes by kcat", async () => {
    const clusters = (await curl(`${server.restUrl}/v3/clusters`)) as { data: { cluster_id: string }[] };
    const base = `${server.restUrl}/v3/clusters/${clusters.data[0]?.cluster_id}/topics`;
    await curl(base, "-H", "content-type: application/json", "-d", JSON.stringify({ topic_name: "v3-bytes" }));
    const record = JSON.stringify({ value: { type: "BINARY", data: RAW.toString("base64") } });
    const report = await curl(`${base}/v3-bytes/records`, "-H", "content-type: application/json", "-d", record);
    expect(report).toMatchObject({
      error_code: 200,
      partition_id: 0,
      offset: 0,
      value: { type: "BINARY", size: RAW.length },
    });
    expect(await kcatRead("v3-bytes")).toEqual(RAW);
  });

  it("raw bytes from kcat come back as base64 from a v2 consumer", async () => {
    await kcatWrite("from-kcat", RAW);
    const json = ["-H", "content-type: application/vnd.kafka.v2+json"];
    const settings = JSON.stringify({
      name: "reader",
      format: "binary",
      "auto.offset.reset": "earliest",
      "fetch.min.bytes": "0",
    });
    const instance = (await curl(`${server.restUrl}/consumers/bytes`, ...json, "-d", settings)) as { base_uri: string };
    await curl(`${instance.base_uri}/subscription`, ...json, "-d", JSON.stringify({ topics: ["from-kcat"] }));
    const records = await curl(`${instance.base_uri}/records?timeout=10000`, "-H", `accept: ${V2_BINARY}`);
    expect(records).toEqual([
      { topic: "from-kcat", key: null, value: RAW.toString("base64"), partition: 0, offset: 0 },
    ]);
    await curl(instance.base_uri, "-X", "DELETE");
  });
});
