import { installNpmClients } from "../../../tools/peers/npm-clients.ts";
import { serveAgent, type Codec } from "./agent.ts";

const require = await installNpmClients();
// The package is installed outside the workspace, so its own types are out of reach; these are the members in use.
const { KafkaJS } = require("@confluentinc/kafka-javascript") as Confluent;

interface Message {
  key: Buffer | null;
  value: Buffer | null;
  headers?: Record<string, Buffer>;
}
interface Consumed extends Message {
  offset: string;
  timestamp: string;
}
interface Kafka {
  producer(options: object): {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    flush(): Promise<void>;
    send(batch: { topic: string; messages: Message[] }): Promise<unknown>;
  };
  consumer(options: object): {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    subscribe(what: { topics: readonly string[] }): Promise<void>;
    run(how: {
      eachBatchAutoResolve: boolean;
      eachBatch(payload: { batch: { topic: string; partition: number; messages: readonly Consumed[] } }): Promise<void>;
    }): Promise<void>;
  };
}
interface Confluent {
  KafkaJS: { Kafka: new (options: object) => Kafka; logLevel: { ERROR: number } };
}

const RECORDS_PER_SEND = 5000;

const connect = (bootstrap: string): Kafka =>
  new KafkaJS.Kafka({
    kafkaJS: { clientId: "interop-confluent", brokers: [bootstrap], logLevel: KafkaJS.logLevel.ERROR },
  });

await serveAgent({
  async write({ bootstrap, topic, codec }, records) {
    const settings: Record<string, Codec | boolean | number> = {
      "compression.codec": codec,
      "enable.idempotence": true,
      "linger.ms": 20,
    };
    const producer = connect(bootstrap).producer(settings);
    await producer.connect();
    for (let at = 0; at < records.length; at += RECORDS_PER_SEND) {
      const messages = records.slice(at, at + RECORDS_PER_SEND).map(({ key, value, headers }) => ({
        key,
        value,
        headers: Object.fromEntries(headers.map(([name, content]) => [name, content ?? Buffer.alloc(0)])),
      }));
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
  },

  async read({ bootstrap, topics }, onRecord, done) {
    const consumer = connect(bootstrap).consumer({
      "group.id": `interop-confluent-${Date.now()}`,
      "auto.offset.reset": "earliest",
      "js.consumer.max.batch.size": -1,
    });
    await consumer.connect();
    await consumer.subscribe({ topics });
    await consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: async ({ batch }) => {
        for (const message of batch.messages) {
          onRecord(batch.topic, {
            partition: batch.partition,
            offset: BigInt(message.offset),
            timestamp: BigInt(message.timestamp),
            key: message.key,
            value: message.value,
            headers: Object.entries(message.headers ?? {}),
          });
        }
      },
    });
    await done;
    await consumer.disconnect();
  },
});
