import type { ApiTypes } from "@streambed/protocol";
import { concatBytes, fromUtf8, utf8 } from "@streambed/kernel";
import { decodeBatchHeader, defaultCodecs, encodeRecordBatch, iterateRecords, splitBatches } from "@streambed/protocol";
import { exchange } from "../conformance/exchange.ts";
import { RawConnection } from "../conformance/raw-connection.ts";

const TOPIC = "kept";
const PRODUCE_VERSION = 9;
const FETCH_VERSION = 12;

/** A record of the topic that must survive whatever a test does, and a check that they are all there. */
export class AcknowledgedRecords {
  readonly #port: () => number;
  readonly #values: string[] = [];

  constructor(port: () => number) {
    this.#port = port;
  }

  get count(): number {
    return this.#values.length;
  }

  async createTopic(): Promise<void> {
    const topic = { name: TOPIC, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    await this.#ask("CreateTopics", 7, { timeoutMs: 5_000, topics: [topic] });
  }

  /** Produces one record on a connection of its own. Returns the error code, and remembers what was acknowledged. */
  async produce(value: string, paddingBytes = 0): Promise<number> {
    const records = [{ key: utf8("x".repeat(paddingBytes)), value: utf8(value), timestamp: Date.now() }];
    const answer = (await this.#ask("Produce", PRODUCE_VERSION, {
      acks: -1,
      timeoutMs: 20_000,
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: [encodeRecordBatch({ records })] }] }],
    })) as ApiTypes["Produce"]["response"];
    const result = answer.responses[0]?.partitionResponses[0];
    if (result === undefined) throw new Error("Produce was not answered");
    if (result.errorCode === 0) this.#values[Number(result.baseOffset)] = value;
    return result.errorCode;
  }

  /** Values that were acknowledged and are not at their offsets. */
  async lost(): Promise<string[]> {
    const stored: string[] = [];
    for (let at = 0; at < this.#values.length; at = stored.length) {
      const before = stored.length;
      for (const { offset, value } of await this.#read(at)) stored[offset] = fromUtf8(value ?? new Uint8Array(0));
      if (stored.length === before) break;
    }
    return this.#values.filter((value, offset) => stored[offset] !== value);
  }

  async #read(offset: number): Promise<{ readonly offset: number; readonly value: Uint8Array | null }[]> {
    const partitions = [{ partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: 10_000_000 }];
    const request = { maxWaitMs: 100, minBytes: 1, topics: [{ topic: TOPIC, partitions }] };
    const answer = (await this.#ask("Fetch", FETCH_VERSION, request)) as ApiTypes["Fetch"]["response"];
    const chunks = answer.responses[0]?.partitions[0]?.records ?? [];
    return splitBatches(concatBytes(chunks)).batches.flatMap((batch) => [
      ...iterateRecords(batch, decodeBatchHeader(batch), { codecs: defaultCodecs }),
    ]);
  }

  async #ask(api: "CreateTopics" | "Produce" | "Fetch", version: number, request: object): Promise<unknown> {
    const connection = await RawConnection.open(this.#port());
    try {
      return await exchange(connection, api, version, request);
    } finally {
      connection.destroy();
    }
  }
}
