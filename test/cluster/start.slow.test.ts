import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { bundleApp } from "../../tools/bundle/bundle-app.ts";
import { runServerProcess, startServerProcess } from "../server/server-process.ts";
import { startCluster, statusOf } from "./cluster-processes.ts";

let main = "";
beforeAll(async () => {
  main = await bundleApp("server");
});

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "streambed-cluster-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("brokers number themselves, and a restarted one has its number again", async () => {
  await using data = await folder();
  await using cluster = await startCluster(2, { main, args: ["--data", data.path] });
  const [first, second] = cluster.servers;
  if (first === undefined || second === undefined) throw new Error("two were started");
  expect(first.output().stdout).toContain("broker 1, the first of its cluster");
  expect(second.output().stdout).toContain("broker 2, with 1");
  await first.stop("SIGKILL");
  const again = await cluster.start(first);
  expect(again.output().stdout).toContain("broker 1, with 2");
  expect(again.startMs).toBeLessThan(5_000);
});

test("a node id that is in use is refused, with the remedy", async () => {
  await using data = await folder();
  await using cluster = await startCluster(1, { main, args: ["--data", data.path, "--node-id", "5"] });
  expect(await statusOf(cluster.servers[0] ?? (await cluster.owner()))).toMatchObject({ nodeId: 5 });
  const second = await runServerProcess({ main, args: ["--cluster", "--data", data.path, "--node-id", "5"] });
  expect(second).toMatchObject({ code: 1 });
  expect(second.stderr).toMatch(/Node id 5 belongs to a running broker at .*Choose another --node-id, or leave it out/);
});

test("a process outside of the cluster on its bucket is told so", async () => {
  await using data = await folder();
  await using cluster = await startCluster(1, { main, args: ["--data", data.path] });
  await cluster.owner();
  await using outsider = await startServerProcess({ main, args: ["--data", data.path] });
  await expect.poll(() => outsider.output().stderr, { timeout: 5_000 }).toMatch(/start it with --cluster/);
});

test("all brokers may be stopped and started again: offsets go on, under a later epoch", async () => {
  await using data = await folder();
  const place = { main, args: ["--data", data.path] };
  const value = (text: string) => ({ value: new TextEncoder().encode(text), partition: 0 });
  {
    await using cluster = await startCluster(2, place);
    await using client = cluster.connect();
    await client.admin.createTopics([{ name: "kept", numPartitions: 1 }]);
    expect(await client.producer().send("kept", [value("a")])).toMatchObject([{ ok: true, offset: 0 }]);
    for (const server of cluster.servers) expect(await server.stop("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
  }
  await using cluster = await startCluster(2, place);
  await using client = cluster.connect();
  expect(await client.producer().send("kept", [value("b")])).toMatchObject([{ ok: true, offset: 1 }]);
});
