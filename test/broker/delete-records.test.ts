import { utf8 } from "@streambed/kernel";
import { memoryStore } from "@streambed/store-memory";
import { encodeRecordBatch, ERROR_CODES } from "@streambed/protocol";
import { inProcessBroker } from "@streambed/testing";
import type { InProcessBroker } from "@streambed/testing";
import { expect, test } from "vitest";
import { kafkaSession } from "./kafka-session.ts";
import type { KafkaSession } from "./kafka-session.ts";

const VALUES = ["a", "b", "c", "d"];

/** A topic `t` with four records in one batch. */
async function filled(kafka: InProcessBroker, policy = "delete"): Promise<KafkaSession> {
  const session = kafkaSession(kafka.broker);
  const configs = [{ name: "cleanup.policy", value: policy }];
  await session.call("CreateTopics", 7, {
    timeoutMs: 1,
    topics: [{ name: "t", numPartitions: 1, replicationFactor: 1, assignments: [], configs }],
  });
  const records = VALUES.map((value) => ({ key: utf8("k"), value: utf8(value), timestamp: 1 }));
  const partitionData = [{ index: 0, records: [encodeRecordBatch({ records })] }];
  await session.call("Produce", 9, { acks: -1, timeoutMs: 1, topicData: [{ name: "t", partitionData }] });
  return session;
}

function entriesOf({ shards }: InProcessBroker): number {
  return shards.reduce((sum, { ownership }) => sum + ownership.tailSeq + 1, 0);
}

async function deleteTo(session: KafkaSession, offset: bigint): Promise<{ lowWatermark: number; errorCode: number }> {
  const partitions = [{ partitionIndex: 0, offset }];
  const { topics } = await session.call("DeleteRecords", 2, { timeoutMs: 1, topics: [{ name: "t", partitions }] });
  const { lowWatermark = 0n, errorCode = -1 } = topics[0]?.partitions[0] ?? {};
  return { lowWatermark: Number(lowWatermark), errorCode };
}

async function earliest(session: KafkaSession): Promise<number> {
  const partitions = [{ partitionIndex: 0, timestamp: -2n }];
  const { topics } = await session.call("ListOffsets", 7, { replicaId: -1, topics: [{ name: "t", partitions }] });
  return Number(topics[0]?.partitions[0]?.offset);
}

test("deleted records stay deleted when another process opens the log", async () => {
  const store = memoryStore();
  await using kafka = await inProcessBroker({ store });
  const session = await filled(kafka);
  expect(await deleteTo(session, 3n)).toEqual({ lowWatermark: 3, errorCode: 0 });
  // The first one still runs: only what the bucket holds counts.
  await using other = await inProcessBroker({ store });
  expect(await earliest(kafkaSession(other.broker))).toBe(3);
});

test("the log start never goes back, and nothing is written for what is gone already", async () => {
  await using kafka = await inProcessBroker();
  const session = await filled(kafka);
  await deleteTo(session, 2n);
  const before = entriesOf(kafka);
  expect(await deleteTo(session, 1n)).toEqual({ lowWatermark: 2, errorCode: 0 });
  expect(await earliest(session)).toBe(2);
  expect(entriesOf(kafka)).toBe(before);
});

test("minus one deletes everything there is, and no more", async () => {
  await using kafka = await inProcessBroker();
  const session = await filled(kafka);
  const outOfRange = { lowWatermark: -1, errorCode: ERROR_CODES.OFFSET_OUT_OF_RANGE.code };
  expect(await deleteTo(session, 5n)).toEqual(outOfRange);
  expect(await deleteTo(session, 2n ** 62n)).toEqual(outOfRange);
  expect(await deleteTo(session, -1n)).toEqual({ lowWatermark: 4, errorCode: 0 });
});

test("only compaction removes records of a compacted topic", async () => {
  await using kafka = await inProcessBroker();
  const session = await filled(kafka, "compact");
  const refused = { lowWatermark: -1, errorCode: ERROR_CODES.POLICY_VIOLATION.code };
  expect(await deleteTo(session, 1n)).toEqual(refused);
  expect(await earliest(session)).toBe(0);
});
