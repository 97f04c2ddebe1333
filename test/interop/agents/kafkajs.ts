import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { installNpmClients } from "../../../tools/peers/npm-clients.ts";
import { serveAgent, type Codec } from "./agent.ts";

const require = await installNpmClients();
// The package is installed outside the workspace, so its own types are out of reach; these are the members in use.
const kafkajs = require("kafkajs") as KafkaJs;
const lz4 = require("lz4-napi") as Lz4;

interface Lz4 {
  compressFrame(bytes: Buffer): Promise<Buffer>;
  decompressFrame(bytes: Buffer): Promise<Buffer>;
}
interface Message {
  key: Buffer | null;
  value: Buffer | null;
  headers?: Record<string, Buffer>;
}
interface Batch {
  topic: string;
  partition: number;
  messages: readonly (Message & { offset: string; timestamp: string })[];
}
interface Producer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(batch: { topic: string; acks: number; compression: number; messages: Message[] }): Promise<unknown>;
}
interface Consumer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(what: { topics: readonly string[]; fromBeginning: boolean }): Promise<void>;
  run(how: { eachBatch(payload: { batch: Batch }): Promise<void> }): Promise<void>;
}
interface Kafka {
  producer(options: object): Producer;
  consumer(options: object): Consumer;
}
interface CodecImplementation {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}
interface KafkaJs {
  Kafka: new (options: object) => Kafka;
  CompressionCodecs: Record<number, () => CodecImplementation>;
  Partitioners: { DefaultPartitioner: unknown };
  logLevel: { ERROR: number };
}

const compression: Readonly<Record<Codec, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };
const RECORDS_PER_SEND = 2000;

kafkajs.CompressionCodecs[compression.snappy] = require("kafkajs-snappy") as () => CodecImplementation;
kafkajs.CompressionCodecs[compression.lz4] = () => ({
  compress: (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: (bytes) => lz4.decompressFrame(bytes),
});
kafkajs.CompressionCodecs[compression.zstd] = () => ({
  compress: (encoder) => promisify(zstdCompress)(encoder.buffer),
  decompress: (bytes) => promisify(zstdDecompress)(bytes),
});

const connect = (bootstrap: string): Kafka =>
  new kafkajs.Kafka({ clientId: "interop-kafkajs", brokers: [bootstrap], logLevel: kafkajs.logLevel.ERROR });

await serveAgent({
  async write({ bootstrap, topic, codec }, records) {
    const { DefaultPartitioner } = kafkajs.Partitioners;
    const producer = connect(bootstrap).producer({
      createPartitioner: DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    for (let at = 0; at < records.length; at += RECORDS_PER_SEND) {
      const messages = records.slice(at, at + RECORDS_PER_SEND).map(({ key, value, headers }) => ({
        key,
        value,
        headers: Object.fromEntries(headers.map(([name, content]) => [name, content ?? Buffer.alloc(0)])),
      }));
      await producer.send({ topic, acks: -1, compression: compression[codec], messages });
    }
    await producer.disconnect();
  },

  async read({ bootstrap, topics }, onRecord, done) {
    const consumer = connect(bootstrap).consumer({ groupId: `interop-kafkajs-${Date.now()}`, maxWaitTimeInMs: 500 });
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
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
