import { setTimeout as sleep } from "node:timers/promises";
import { installNpmClients } from "./npm-clients.ts";

/** How long a broker may take to tell of topics that it has created, milliseconds. */
const LEADERS_WAIT_MS = 30_000;

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
  fetchTopicMetadata(request: {
    topics: readonly string[];
  }): Promise<{ topics: readonly { partitions: readonly { leader: number }[] }[] }>;
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
    waitForLeaders: false,
    topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1, configEntries })),
  });
  await untilLeadersKnown(admin, topics);
  await admin.disconnect();
}

/** kafkajs' own wait ends with the first "unknown topic", which a busy Kafka may answer for a moment. */
async function untilLeadersKnown(admin: Admin, topics: readonly string[]): Promise<void> {
  for (const startedMs = Date.now(); ; await sleep(100)) {
    const isLate = Date.now() - startedMs > LEADERS_WAIT_MS;
    try {
      const found = await admin.fetchTopicMetadata({ topics });
      if (found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (isLate) throw error;
    }
    if (isLate) throw new Error(`no leaders of ${topics.join(", ")} within ${LEADERS_WAIT_MS} ms`);
  }
}
