import { utf8 } from "@streambed/kernel";
import { decodeBatchHeader, defaultCodecs, iterateRecords } from "@streambed/protocol";
import { describe, expect, test } from "vitest";
import type { ProducerRecord } from "../producer-types.ts";
import { scripted } from "../test-support/scripted-client.ts";
import type { ScriptedLog } from "../test-support/scripted-log.ts";

const text = (value: string, rest: Partial<ProducerRecord> = {}): ProducerRecord => ({ value: utf8(value), ...rest });

function valuesIn(log: ScriptedLog | undefined): readonly string[] {
  return (log?.batches ?? []).flatMap((batch) =>
    [...iterateRecords(batch, decodeBatchHeader(batch), { codecs: defaultCodecs })].map(({ value }) =>
      new TextDecoder().decode(value ?? new Uint8Array(0)),
    ),
  );
}

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${index}`);

describe("batches", () => {
  test("records sent within linger.ms travel together, in order, and each learns its offset", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    const producer = client.producer();
    const calls = numbers(10).map((value) => producer.send("orders", [text(value)]));
    const results = (await clock.until(Promise.all(calls))).flat();
    expect(results.map((result) => (result.ok ? result.offset : result.error))).toEqual(numbers(10).map(Number));
    expect(valuesIn(log)).toEqual(numbers(10));
    expect(cluster.requests("Produce")).toHaveLength(1);
  });

  test("a full batch goes at once, without lingering", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders");
    const producer = client.producer({ lingerMs: 60_000, batchSize: 200 });
    await clock.until(producer.send("orders", [text("x".repeat(300))]));
    expect(clock.elapsed()).toBeLessThan(60_000);
  });

  test("flush sends what lingers", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    const producer = client.producer({ lingerMs: 60_000 });
    const sent = producer.send("orders", [text("a")]);
    await clock.idle();
    await clock.until(producer.flush());
    expect(valuesIn(log)).toEqual(["a"]);
    expect(clock.elapsed()).toBeLessThan(1_000);
    await expect(sent).resolves.toMatchObject([{ ok: true, offset: 0 }]);
  });

  test("close flushes, and then refuses", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    const producer = client.producer({ lingerMs: 60_000 });
    const sent = producer.send("orders", [text("a")]);
    await clock.until(producer.close());
    await sent;
    expect(valuesIn(log)).toEqual(["a"]);
    await expect(producer.send("orders", [text("b")])).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  });

  test("close gives up when its time is over, and sends nothing afterwards", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders");
    cluster.once("Produce", () => "hang");
    const producer = client.producer();
    const sent = producer.send("orders", [text("a")]);
    const given = expect(sent).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
    await clock.until(producer.close({ timeoutMs: 500 }));
    await given;
    expect(clock.elapsed()).toBeLessThan(1_000);
    await clock.until(client.admin.listTopics());
    expect(cluster.requests("Produce")).toHaveLength(1);
  });

  test("equal keys go to the partition Java would choose", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders", 10);
    const [result] = await clock.until(client.producer().send("orders", [text("v", { key: utf8("foobar") })]));
    expect(result).toMatchObject({ partition: (-790332482 & 0x7fff_ffff) % 10 });
  });

  test("records without a key stay with one partition until a batch is full", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders", 4);
    const producer = client.producer({ batchSize: 1_000 });
    const results = await clock.until(
      producer.send(
        "orders",
        numbers(100).map((value) => text(value)),
      ),
    );
    const partitions = results.map(({ partition }) => partition);
    const changes = partitions.filter((partition, at) => at > 0 && partition !== partitions[at - 1]).length;
    expect(new Set(partitions).size).toBeGreaterThan(1);
    expect(changes).toBeLessThan(10);
  });

  test("one record that is too large fails alone", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders", 2);
    const records = [
      text("a", { partition: 0 }),
      text("x".repeat(2_000), { partition: 0 }),
      text("b", { partition: 9 }),
    ];
    const results = await clock.until(client.producer({ maxRequestSize: 1_000 }).send("orders", records));
    expect(results.map((result) => (result.ok ? "ok" : result.error.code))).toEqual([
      "ok",
      "RECORD_TOO_LARGE",
      "UNKNOWN_TOPIC_OR_PARTITION",
    ]);
  });

  test("acks 0 does not wait for an answer", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders");
    cluster.once("Produce", () => "hang");
    const results = await clock.until(client.producer({ acks: 0 }).send("orders", [text("a")]));
    expect(results).toMatchObject([{ ok: true, offset: -1 }]);
  });

  test("a topic that appears after the first look is waited for", async () => {
    const { client, cluster, clock } = scripted();
    cluster.once("Metadata", ({ request }) => {
      expect(request.allowAutoTopicCreation).toBe(true);
      cluster.addTopic("orders");
      return {
        brokers: [{ nodeId: 0, host: "node0", port: 9092 }],
        topics: [{ errorCode: 3, name: "orders", partitions: [] }],
      };
    });
    await expect(clock.until(client.producer().send("orders", [text("a")]))).resolves.toMatchObject([{ ok: true }]);
  });

  test("a topic that never appears rejects the call after maxBlockMs", async () => {
    const { client, clock } = scripted();
    const failed = client.producer({ maxBlockMs: 3_000 }).send("orders", [text("a")]);
    await expect(clock.until(failed)).rejects.toMatchObject({ code: "UNKNOWN_TOPIC_OR_PARTITION" });
    expect(clock.elapsed()).toBeLessThanOrEqual(3_000);
  });
});

describe("memory", () => {
  test("send waits while bufferMemory is full, and order is kept", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    const producer = client.producer({ bufferMemory: 100, lingerMs: 1_000 });
    const calls = numbers(20).map((value) => producer.send("orders", [text(value)]));
    await clock.until(Promise.all(calls));
    expect(valuesIn(log)).toEqual(numbers(20));
    expect(cluster.requests("Produce").length).toBeGreaterThan(3);
  });

  test("send gives up after maxBlockMs", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders");
    cluster.once("Produce", () => "hang");
    const producer = client.producer({ bufferMemory: 40, maxBlockMs: 500 });
    const first = producer.send("orders", [text("a")]);
    const second = producer.send("orders", [text("b")]);
    await expect(clock.until(second)).rejects.toMatchObject({ code: "BUFFER_EXHAUSTED" });
    await expect(clock.until(first)).resolves.toMatchObject([{ ok: true }]);
  });
});

describe("idempotence", () => {
  test("a lost response stores the records once, and tells their offset", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    cluster.once("Produce", () => "lose");
    const results = await clock.until(client.producer().send("orders", [text("a"), text("b")]));
    expect(results).toMatchObject([
      { ok: true, offset: 0 },
      { ok: true, offset: 1 },
    ]);
    expect(valuesIn(log)).toEqual(["a", "b"]);
    expect(cluster.requests("Produce")).toHaveLength(2);
  });

  test("without idempotence a lost response stores them twice, which is why it is on by default", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    cluster.once("Produce", () => "lose");
    await clock.until(client.producer({ enableIdempotence: false }).send("orders", [text("a")]));
    expect(valuesIn(log)).toEqual(["a", "a"]);
  });

  test.each(["close", "lose", "leader"] as const)(
    "five batches in flight stay in order when one fails: %s",
    async (how) => {
      const { client, cluster, clock } = scripted();
      const [log] = cluster.addTopic("orders");
      cluster
        .once("Produce", () => "default")
        .once("Produce", ({ request }) => {
          if (how !== "leader") return how;
          const topics = request.topicData.map(({ topicId }) => ({
            topicId,
            partitionResponses: [{ index: 0, errorCode: 6, baseOffset: -1n }],
          }));
          return { responses: topics };
        });
      const producer = client.producer({ lingerMs: 0, batchSize: 1 });
      const results = await clock.until(
        Promise.all(numbers(30).map((value) => producer.send("orders", [text(value)]))),
      );
      expect(valuesIn(log)).toEqual(numbers(30));
      expect(results.flat().map((result) => (result.ok ? result.offset : result.error))).toEqual(
        numbers(30).map(Number),
      );
    },
  );

  test("a batch refused for good does not take the ones behind it along", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    cluster
      .once("Produce", () => "default")
      .once("Produce", ({ request }) => ({
        responses: request.topicData.map(({ topicId }) => ({
          topicId,
          partitionResponses: [
            {
              index: 0,
              errorCode: 87,
              baseOffset: -1n,
              recordErrors: [{ batchIndex: 0, batchIndexErrorMessage: "needs a key" }],
            },
          ],
        })),
      }));
    const producer = client.producer({ lingerMs: 0, batchSize: 1 });
    const results = await clock.until(Promise.all(numbers(8).map((value) => producer.send("orders", [text(value)]))));
    const refused = results.flat().filter((result) => !result.ok);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({
      error: { code: "INVALID_RECORD", message: expect.stringContaining("needs a key") },
    });
    expect(valuesIn(log)).toEqual(["0", "2", "3", "4", "5", "6", "7"]);
  });

  test("after a loss the producer goes on under a new epoch", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    const producer = client.producer({ lingerMs: 0 });
    await clock.until(producer.send("orders", [text("a")]));
    cluster.once("Produce", ({ request }) => ({
      responses: request.topicData.map(({ topicId }) => ({
        topicId,
        partitionResponses: [{ index: 0, errorCode: 45, baseOffset: -1n }],
      })),
    }));
    const [lost] = await clock.until(producer.send("orders", [text("b")]));
    expect(lost).toMatchObject({ ok: false, error: { code: "OUT_OF_ORDER_SEQUENCE_NUMBER" } });
    const [next] = await clock.until(producer.send("orders", [text("c")]));
    expect(next).toMatchObject({ ok: true, offset: 1 });
    expect((log?.batches ?? []).map((batch) => decodeBatchHeader(batch).producerEpoch)).toEqual([0, 1]);
  });

  test("after a lost answer, a refusal for good does not free the sequence number for the next batch", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    const producer = client.producer();
    cluster
      .once("Produce", () => "lose")
      .once("Produce", ({ request }) => ({
        responses: request.topicData.map(({ topicId }) => ({
          topicId,
          partitionResponses: [{ index: 0, errorCode: -1, baseOffset: -1n }],
        })),
      }));
    await clock.until(producer.send("orders", [text("a")]));
    const [next] = await clock.until(producer.send("orders", [text("b")]));
    expect(next).toMatchObject({ ok: true, offset: 1 });
    expect(valuesIn(log)).toEqual(["a", "b"]);
  });

  test("a leader that has left the cluster is no reason to give up", async () => {
    const { client, cluster, clock } = scripted(2);
    const [log] = cluster.addTopic("orders", 1, 1);
    const producer = client.producer();
    await clock.until(producer.send("orders", [text("a")]));
    cluster.once("Produce", () => {
      cluster.nodes.delete(1);
      return "close";
    });
    const sent = producer.send("orders", [text("b")]);
    clock.schedule(3_000, () => {
      if (log !== undefined) log.leader = 0;
    });
    expect(await clock.until(sent)).toMatchObject([{ ok: true, offset: 1 }]);
  });

  test("a batch the broker finds too large is split", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic("orders");
    cluster.once("Produce", ({ request }) => ({
      responses: request.topicData.map(({ topicId }) => ({
        topicId,
        partitionResponses: [{ index: 0, errorCode: 10, baseOffset: -1n }],
      })),
    }));
    await clock.until(
      client.producer().send(
        "orders",
        numbers(5).map((value) => text(value)),
      ),
    );
    expect(valuesIn(log)).toEqual(numbers(5));
    expect(log?.batches).toHaveLength(2);
  });

  test("deliveryTimeoutMs ends a batch nobody takes", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders");
    const producer = client.producer({ deliveryTimeoutMs: 5_000 });
    await clock.until(producer.send("orders", [text("a")]));
    for (const node of cluster.nodes.values()) node.up = false;
    cluster.once("Produce", () => "close");
    const [result] = await clock.until(producer.send("orders", [text("b")]));
    expect(result).toMatchObject({ ok: false, error: { code: "REQUEST_TIMED_OUT", retriable: true } });
  });

  test("a batch that runs out of time between two attempts says what the last one met", async () => {
    const { client, cluster, clock } = scripted(1, { retryBackoffMs: 10_000, retryBackoffMaxMs: 10_000 });
    const KAFKA_STORAGE_ERROR = 56;
    cluster.addTopic("orders");
    cluster.once("Produce", ({ request }) => ({
      responses: request.topicData.map(({ topicId, partitionData }) => ({
        topicId,
        partitionResponses: partitionData.map(({ index }) => ({
          index,
          errorCode: KAFKA_STORAGE_ERROR,
          baseOffset: -1n,
        })),
      })),
    }));
    const producer = client.producer({ deliveryTimeoutMs: 5_000 });
    const [result] = await clock.until(producer.send("orders", [text("a")]));
    expect(result).toMatchObject({ ok: false, error: { message: expect.stringContaining("KAFKA_STORAGE_ERROR") } });
  });
});
