import { promisify } from "node:util";
import { installNpmClients } from "../../../tools/peers/npm-clients.ts";
import { serveAgent, type Codec } from "./agent.ts";

const require = await installNpmClients();
// The package is installed outside the workspace, so its own types are out of reach; these are the members in use.
const { KafkaJS, KafkaConsumer } = require("@confluentinc/kafka-javascript") as Confluent;

interface Message {
  key: Buffer | null;
  value: Buffer | null;
  headers?: Record<string, Buffer>;
}
interface Kafka {
  producer(options: object): {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    flush(): Promise<void>;
    send(batch: { topic: string; messages: Message[] }): Promise<unknown>;
  };
}
interface Consumed {
  topic: string;
  partition: number;
  offset: number;
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers?: readonly Record<string, Buffer>[];
}
type Callback<T> = (error: Error | null, result: T) => void;
interface RdConsumer {
  connect(options: object, callback: Callback<unknown>): void;
  disconnect(callback: Callback<unknown>): void;
  subscribe(topics: readonly string[]): void;
  setDefaultConsumeTimeout(ms: number): void;
  consume(count: number, callback: Callback<readonly Consumed[]>): void;
}
interface Confluent {
  KafkaJS: { Kafka: new (options: object) => Kafka; logLevel: { ERROR: number } };
  KafkaConsumer: new (settings: object, topicSettings: object) => RdConsumer;
}

const RECORDS_PER_SEND = 5000;
const RECORDS_PER_CONSUME = 5000;

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

  // The package's other interface: its promise consumer hands out few records at a time and takes minutes for this.
  async read({ bootstrap, topics }, onRecord) {
    const settings = {
      "group.id": `interop-confluent-${Date.now()}`,
      "metadata.broker.list": bootstrap,
      "enable.auto.commit": false,
      "fetch.wait.max.ms": 100,
    };
    const consumer = new KafkaConsumer(settings, { "auto.offset.reset": "earliest" });
    await promisify(consumer.connect.bind(consumer))({});
    consumer.setDefaultConsumeTimeout(200);
    consumer.subscribe(topics);
    const consume = promisify(consumer.consume.bind(consumer));
    for (let finished = false; !finished;) {
      for (const message of await consume(RECORDS_PER_CONSUME)) {
        finished = onRecord(message.topic, {
          partition: message.partition,
          offset: BigInt(message.offset),
          timestamp: BigInt(message.timestamp),
          key: message.key,
          value: message.value,
          headers: (message.headers ?? []).flatMap((header) => Object.entries(header)),
        });
      }
    }
    await promisify(consumer.disconnect.bind(consumer))();
  },
});
