import { installNpmClients } from "./npm-clients.ts";

interface Admin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  createTopics(request: {
    waitForLeaders: boolean;
    topics: readonly {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: readonly { name: string; value: string }[];
    }[];
  }): Promise<boolean>;
}

/** Creates topics before anybody writes, so that no client's auto-creation decides the number of partitions. */
export async function createTopics(
  bootstrap: string,
  topics: readonly string[],
  partitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const require = await installNpmClients();
  // Installed outside the workspace; these are the members in use.
  const { Kafka, logLevel } = require("kafkajs") as {
    Kafka: new (options: object) => { admin(): Admin };
    logLevel: { ERROR: number };
  };
  const admin = new Kafka({ clientId: "interop", brokers: [bootstrap], logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1, configEntries })),
  });
  await admin.disconnect();
}
