import { installNpmClients } from "../../../tools/peers/npm-clients.ts";
import { serveAgent, type Codec } from "./agent.ts";

const require = await installNpmClients();
// The package is installed outside the workspace, so its own types are out of reach; these are the members in use.
const { Producer, Consumer } = require("@platformatic/kafka") as Platformatic;

interface Produced {
  topic: string;
  key?: Buffer | undefined;
  value?: Buffer | undefined;
  headers: Map<Buffer, Buffer>;
}
interface Consumed {
  topic: string;
  partition: number;
  offset: bigint;
  timestamp: bigint;
  key: Buffer | null | undefined;
  value: Buffer | null | undefined;
  headers: Map<Buffer, Buffer>;
}
interface Platformatic {
  Producer: new (options: object) => {
    send(options: { messages: Produced[]; acks: number; compression: Codec }): Promise<unknown>;
    close(): Promise<void>;
  };
  Consumer: new (options: object) => {
    consume(options: object): Promise<AsyncIterable<Consumed> & { close(): Promise<void> }>;
    close(force?: boolean): Promise<void>;
  };
}

const RECORDS_PER_SEND = 2000;

await serveAgent({
  async write({ bootstrap, topic, codec }, records) {
    const producer = new Producer({ clientId: "interop-platformatic", bootstrapBrokers: [bootstrap] });
    for (let at = 0; at < records.length; at += RECORDS_PER_SEND) {
      const messages = records.slice(at, at + RECORDS_PER_SEND).map(({ key, value, headers }) => ({
        topic,
        key: key ?? undefined,
        value: value ?? undefined,
        headers: new Map(headers.map(([name, content]) => [Buffer.from(name, "utf8"), content ?? Buffer.alloc(0)])),
      }));
      await producer.send({ messages, acks: -1, compression: codec });
    }
    await producer.close();
  },

  async read({ bootstrap, topics }, onRecord) {
    const consumer = new Consumer({
      clientId: "interop-platformatic",
      groupId: `interop-platformatic-${Date.now()}`,
      bootstrapBrokers: [bootstrap],
      maxWaitTime: 500,
      autocommit: false,
    });
    const stream = await consumer.consume({ topics, mode: "earliest" });
    for await (const message of stream) {
      const finished = onRecord(message.topic, {
        partition: message.partition,
        offset: message.offset,
        timestamp: message.timestamp,
        key: message.key ?? null,
        value: message.value ?? null,
        headers: [...message.headers].map(([name, content]) => [name.toString("utf8"), content] as const),
      });
      if (finished) break;
    }
    await stream.close();
    await consumer.close(true);
  },
});
