import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleApp } from "../../tools/bundle/bundle-app.ts";
import { flags, installJava, runTool } from "../../tools/peers/java.ts";
import { installKcat } from "../../tools/peers/kcat.ts";
import { installNpmClients } from "../../tools/peers/npm-clients.ts";
import { run } from "../../tools/peers/processes.ts";
import { startCluster } from "./cluster-processes.ts";
import type { ClusterProcesses } from "./cluster-processes.ts";

// The package is installed outside the workspace, so its own types are out of reach; these are the members in use.
interface KafkaJs {
  Kafka: new (options: object) => {
    admin(): Connected & { createTopics(what: object): Promise<unknown> };
    producer(options: object): Connected & { send(batch: object): Promise<unknown> };
    consumer(options: object): Connected & {
      subscribe(what: object): Promise<void>;
      run(how: { eachMessage(payload: { message: { value: Buffer | null } }): Promise<void> }): Promise<void>;
    };
  };
  logLevel: { ERROR: number };
}
interface Connected {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

const LINES = Array.from({ length: 200 }, (_, at) => `line ${at}`);

let folder: string;
let cluster: ClusterProcesses;
beforeAll(async () => {
  // Here and not in the tests: on a bare machine it takes minutes, and a test has two.
  await Promise.all([installKcat(), installJava(), installNpmClients()]);
  folder = await mkdtemp(join(tmpdir(), "streambed-cluster-"));
  cluster = await startCluster(3, { main: await bundleApp("server"), args: ["--data", folder] });
  await cluster.owner();
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function sorted(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("line "))
    .toSorted((left, right) => Number(left.slice(5)) - Number(right.slice(5)));
}

/** Two of the brokers do not own the shard, whichever they are. */
describe.each([0, 1, 2])("with broker number %i as the only bootstrap server", (at) => {
  const bootstrap = (): string => `127.0.0.1:${cluster.servers[at]?.kafkaPort ?? 0}`;

  test("kcat creates a topic on demand, writes and reads, alone and in a group", async () => {
    const kcat = await installKcat();
    const topic = `kcat-${at}`;
    const write = ["-P", "-b", bootstrap(), "-t", topic, "-X", "enable.idempotence=true"];
    await run(kcat, write, { input: Buffer.from(`${LINES.join("\n")}\n`), timeoutMs: 60_000 });
    const alone = await run(kcat, ["-C", "-b", bootstrap(), "-t", topic, "-o", "beginning", "-e", "-q"], {
      timeoutMs: 60_000,
    });
    expect(sorted(alone.stdout.toString())).toEqual(LINES);
    const settings = ["-X", "auto.offset.reset=earliest", "-c", String(LINES.length)];
    const group = await run(kcat, ["-b", bootstrap(), "-q", ...settings, "-G", `kcat-group-${at}`, topic], {
      timeoutMs: 60_000,
    });
    expect(sorted(group.stdout.toString())).toEqual(LINES);
  });

  test("Kafka's own tools create, write, read in a group, and describe", async () => {
    const topic = `java-${at}`;
    const server = { "bootstrap-server": bootstrap() };
    const limit = { timeoutMs: 90_000 };
    const create = ["--create", ...flags({ ...server, topic, partitions: "3" })];
    await runTool({ mainClass: "org.apache.kafka.tools.TopicCommand", args: create }, limit);
    const producer = { mainClass: "org.apache.kafka.tools.ConsoleProducer", args: flags({ ...server, topic }) };
    await runTool(producer, { ...limit, input: Buffer.from(`${LINES.join("\n")}\n`) });
    const group = `java-group-${at}`;
    const reading = flags({ ...server, topic, group, "max-messages": String(LINES.length), "timeout-ms": "30000" });
    const consumer = {
      mainClass: "org.apache.kafka.tools.consumer.ConsoleConsumer",
      args: ["--from-beginning", ...reading],
    };
    expect(sorted((await runTool(consumer, limit)).stdout.toString())).toEqual(LINES);
    const describeArgs = ["--describe", ...flags({ ...server, group })];
    const described = await runTool(
      { mainClass: "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", args: describeArgs },
      limit,
    );
    expect(described.stdout.toString()).toMatch(new RegExp(`${group} +${topic} +\\d`));
  });

  test("kafkajs creates, writes and reads in a group", async () => {
    const require = await installNpmClients();
    const { Kafka, logLevel } = require("kafkajs") as KafkaJs;
    const kafka = new Kafka({ brokers: [bootstrap()], logLevel: logLevel.ERROR });
    const topic = `kafkajs-${at}`;
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    await producer.send({ topic, messages: LINES.map((value) => ({ value })) });
    await producer.disconnect();
    const consumer = kafka.consumer({ groupId: `kafkajs-group-${at}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const seen: string[] = [];
    const all = Promise.withResolvers<void>();
    await consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(message.value?.toString() ?? "");
        if (seen.length === LINES.length) all.resolve();
      },
    });
    await all.promise;
    await consumer.disconnect();
    expect(sorted(seen.join("\n"))).toEqual(LINES);
  });
});
