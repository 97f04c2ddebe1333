import { createClient, type Client } from "@streambed/client";
import { fromUtf8, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { expect, test } from "vitest";
import { runServerProcess, type ServerProcess, startServerProcess, temporaryFolder } from "./server-process.ts";

function clientOf(server: ServerProcess): Client {
  return createClient({
    transport: tcpTransport(),
    bootstrap: [{ host: "localhost", port: server.kafkaPort }],
    clock: systemClock(),
    random: systemRandom(),
  });
}

test("the banner names both doors, and both answer", async () => {
  await using folder = await temporaryFolder();
  await using server = await startServerProcess({ args: ["--data", folder.path] });
  const { stdout } = server.output();
  expect(stdout).toContain(`Kafka  localhost:${server.kafkaPort}`);
  expect(stdout).toContain(`curl -s http://localhost:${server.httpPort}/topics/hello`);
  expect(stdout).toContain(`folder ${folder.path}`);
  await using client = clientOf(server);
  const cluster = await client.admin.describeCluster();
  expect(cluster.brokers).toEqual([{ nodeId: 1, host: "localhost", port: server.kafkaPort, rack: null }]);
  expect(stdout).toContain(`cluster ${cluster.clusterId}`);
  const topics = await fetch(`${server.restUrl}/topics`);
  expect(topics.status).toBe(200);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends the process with code 0 and nothing on standard error",
  async (signal) => {
    await using folder = await temporaryFolder();
    await using server = await startServerProcess({ args: ["--data", folder.path] });
    await using client = clientOf(server);
    await client.admin.listTopics();
    expect(await server.stop(signal)).toMatchObject({ code: 0, stderr: "" });
  },
);

test("records are there after a restart, at their offsets, under the same cluster id", async () => {
  await using folder = await temporaryFolder();
  const args = ["--data", folder.path];
  let clusterId: string | null;
  {
    await using server = await startServerProcess({ args });
    await using client = clientOf(server);
    ({ clusterId } = await client.admin.describeCluster());
    await client.admin.createTopics([{ name: "kept", numPartitions: 1 }]);
    const sent = await client.producer().send(
      "kept",
      ["a", "b", "c"].map((value) => ({ value: utf8(value) })),
    );
    expect(sent.map((result) => result.ok && result.offset)).toEqual([0, 1, 2]);
    await client.close();
    expect((await server.stop()).code).toBe(0);
  }
  await using server = await startServerProcess({ args });
  await using client = clientOf(server);
  expect((await client.admin.describeCluster()).clusterId).toBe(clusterId);
  const { records } = await client.fetch({ topic: "kept", partition: 0, offset: 0 });
  expect(records.map(({ offset, value }) => [offset, fromUtf8(value ?? utf8("null"))])).toEqual([
    [0, "a"],
    [1, "b"],
    [2, "c"],
  ]);
});

test("an acknowledged record survives kill -9", async () => {
  await using folder = await temporaryFolder();
  const args = ["--data", folder.path];
  {
    await using server = await startServerProcess({ args });
    const client = clientOf(server);
    await client.admin.createTopics([{ name: "kept", numPartitions: 1 }]);
    const [sent] = await client.producer().send("kept", [{ value: utf8("acknowledged") }]);
    expect(sent?.ok).toBe(true);
    await server.stop("SIGKILL");
    await client.close();
  }
  await using server = await startServerProcess({ args });
  await using client = clientOf(server);
  const { records } = await client.fetch({ topic: "kept", partition: 0, offset: 0 });
  expect(records.map(({ value }) => fromUtf8(value ?? utf8("null")))).toEqual(["acknowledged"]);
});

test("Kafka configs given on the command line are obeyed", async () => {
  const args = ["--store", "memory:", "--config", "auto.create.topics.enable=false", "--config", "num.partitions=3"];
  await using server = await startServerProcess({ args });
  await using client = clientOf(server);
  const [refused] = await client
    .producer({ maxBlockMs: 300 })
    .send("nowhere", [{ value: utf8("a") }])
    .catch(() => []);
  expect(refused?.ok).not.toBe(true);
  expect((await client.admin.listTopics()).map(({ name }) => name)).not.toContain("nowhere");
  await client.admin.createTopics([{ name: "three" }]);
  const [topic] = await client.admin.describeTopics(["three"]);
  expect(topic?.ok === true && topic.partitions.length).toBe(3);
});

test("clients are told to come back to the advertised address", async () => {
  const args = ["--store", "memory:", "--advertised-host", "broker.example", "--advertised-port", "19092"];
  await using server = await startServerProcess({ args });
  expect(server.bootstrap).toBe("broker.example:19092");
});

test("--help shows flags and examples, --version a version", async () => {
  const help = await runServerProcess({ args: ["--help"] });
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const text of ["--store", "--config", "num.partitions", "Examples"]) expect(help.stdout).toContain(text);
  expect((await runServerProcess({ args: ["--version"] })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
