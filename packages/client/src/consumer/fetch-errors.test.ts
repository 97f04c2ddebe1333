import { utf8 } from "@streambed/kernel";
import { encodeRecordBatch, ERROR_CODES } from "@streambed/protocol";
import { expect, test } from "vitest";
import { scripted } from "../test-support/scripted-client.ts";

test("a fetch that is tried again shows its error until there is an answer", async () => {
  const { client, cluster, clock } = scripted();
  const [log] = cluster.addTopic("orders");
  log?.append(encodeRecordBatch({ records: [{ value: utf8("a"), timestamp: 1_000 }] }));
  cluster.once("Fetch", ({ request }) => ({
    responses: request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partition }) => ({
        partitionIndex: partition,
        errorCode: ERROR_CODES.KAFKA_STORAGE_ERROR.code,
        highWatermark: -1n,
        records: null,
      })),
    })),
  }));
  const consumer = client.consumer();
  const at = { topic: "orders", partition: 0 };
  consumer.assign([at]);
  consumer.seek(at, 0);
  expect(await clock.until(consumer.poll({ timeoutMs: 20 }))).toEqual([]);
  expect(consumer.fetchErrors()).toMatchObject([{ ...at, error: { code: "KAFKA_STORAGE_ERROR" } }]);
  expect(await clock.until(consumer.poll({ timeoutMs: 5_000 }))).toHaveLength(1);
  expect(consumer.fetchErrors()).toEqual([]);
});
