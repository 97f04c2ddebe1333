import { setTimeout as sleep } from "node:timers/promises";
import { installNpmClients } from "../../tools/peers/npm-clients.ts";

interface Producer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  sendBatch(batch: {
    acks: number;
    topicMessages: readonly { topic: string; messages: readonly { partition: number; value: string }[] }[];
  }): Promise<readonly { topicName: string; partition: number; baseOffset: string }[]>;
}

export interface SteadyProducer {
  /** Stops and returns how many records each `topic partition` got. */
  readonly stop: () => Promise<ReadonlyMap<string, number>>;
}

const EVERY_MS = 50;

/** Writes one record to each partition twenty times a second, so that a partition without an owner shows as silence. */
export async function startSteadyProducer(
  bootstrap: string,
  topics: readonly string[],
  partitions: number,
): Promise<SteadyProducer> {
  const require = await installNpmClients();
  // Installed outside the workspace; these are the members in use.
  const { Kafka, logLevel } = require("kafkajs") as {
    Kafka: new (options: object) => { producer(options: object): Producer };
    logLevel: { ERROR: number };
  };
  const kafka = new Kafka({ clientId: "steady", brokers: [bootstrap], logLevel: logLevel.ERROR });
  const asTold = ({ message }: { message: { partition: number } }): number => message.partition;
  const producer = kafka.producer({ createPartitioner: () => asTold });
  await producer.connect();
  const written = new Map<string, number>();
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      const messages = Array.from({ length: partitions }, (_, partition) => ({ partition, value: String(round) }));
      await producer.sendBatch({ acks: -1, topicMessages: topics.map((topic) => ({ topic, messages })) });
      for (const topic of topics) {
        for (let partition = 0; partition < partitions; partition += 1) {
          const name = `${topic} ${partition}`;
          written.set(name, (written.get(name) ?? 0) + 1);
        }
      }
      await sleep(EVERY_MS);
    }
  };
  const done = loop().finally(() => producer.disconnect());
  // Whoever stops the producer hears of its failure; until then it must not end the process.
  done.catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await done;
      return written;
    },
  };
}
