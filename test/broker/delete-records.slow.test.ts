import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { installJava, runTool } from "../../tools/peers/java.ts";
import { installNpmClients } from "../../tools/peers/npm-clients.ts";
import { startServerProcess, temporaryFolder } from "../server/server-process.ts";

// The ways in which people delete records today, over TCP.

/** The members of kafkajs in use; it is installed outside the workspace, so its own types are out of reach. */
interface KafkaJs {
  readonly Kafka: new (options: object) => { producer(): Producer; admin(): Admin };
  readonly logLevel: { readonly ERROR: number };
}
interface Producer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(batch: { topic: string; messages: readonly { value: string }[] }): Promise<unknown>;
}
interface Admin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  createTopics(spec: { topics: readonly { topic: string }[] }): Promise<unknown>;
  deleteTopicRecords(spec: {
    topic: string;
    partitions: readonly { partition: number; offset: string }[];
  }): Promise<void>;
  fetchTopicOffsets(topic: string): Promise<readonly { low: string; high: string }[]>;
}

// On a bare machine this takes longer than a test may.
beforeAll(() => Promise.all([installNpmClients(), installJava()]));

test("kafkajs and kafka-delete-records.sh delete records", async () => {
  const kafkajs = (await installNpmClients())("kafkajs") as KafkaJs;
  await using folder = await temporaryFolder();
  await using server = await startServerProcess({ args: ["--store", "memory:"] });
  const kafka = new kafkajs.Kafka({ brokers: [server.bootstrap], logLevel: kafkajs.logLevel.ERROR });
  const [producer, admin] = [kafka.producer(), kafka.admin()];
  await Promise.all([producer.connect(), admin.connect()]);
  await admin.createTopics({ topics: [{ topic: "t" }] });
  await producer.send({ topic: "t", messages: ["a", "b", "c", "d", "e", "f"].map((value) => ({ value })) });

  // kafkajs deletes only from topics that it has looked up before.
  expect(await admin.fetchTopicOffsets("t")).toMatchObject([{ low: "0", high: "6" }]);
  await admin.deleteTopicRecords({ topic: "t", partitions: [{ partition: 0, offset: "2" }] });
  expect(await admin.fetchTopicOffsets("t")).toMatchObject([{ low: "2", high: "6" }]);

  const file = join(folder.path, "offsets.json");
  await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic: "t", partition: 0, offset: 5 }] }));
  const tool = { mainClass: "org.apache.kafka.tools.DeleteRecordsCommand" };
  const args = ["--bootstrap-server", server.bootstrap, "--offset-json-file", file];
  const { stdout } = await runTool({ ...tool, args }, { timeoutMs: 120_000 });
  expect(stdout.toString()).toMatch(/partition: t-0\s+low_watermark: 5/);
  expect(await admin.fetchTopicOffsets("t")).toMatchObject([{ low: "5", high: "6" }]);
  await Promise.all([producer.disconnect(), admin.disconnect()]);
});
