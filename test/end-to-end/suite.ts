import type { Record as KafkaRecord } from "@streambed/client";
import { fromUtf8, utf8 } from "@streambed/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf } from "./deployment.ts";
import type { Deployment } from "./deployment.ts";
import { base64, RestCalls, textOf } from "./rest-calls.ts";

const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** What every deployment must do, whatever its bucket is and however it is restarted. */
export function endToEndSuite(name: string, start: () => Promise<Deployment>): void {
  describe(`end to end on ${name}`, () => {
    let deployment: Deployment;
    let rest: RestCalls;
    let topics = 0;

    beforeAll(async () => {
      deployment = await start();
      rest = new RestCalls(deployment);
    }, 120_000);
    afterAll(async () => {
      await deployment[Symbol.asyncDispose]();
    });

    const newTopic = async (partitions = 1): Promise<string> => {
      const topic = `topic-${topics++}`;
      await rest.createTopic(topic, partitions);
      return topic;
    };

    test("what REST wrote before and after a restart is read back at dense offsets", async () => {
      const topic = await newTopic();
      const before = numbered("before", 50);
      const after = numbered("after", 50);
      expect(await rest.produceV2(topic, before)).toEqual(range(0, 50));
      await deployment.restart();
      expect(await rest.produceV3(topic, after)).toEqual(range(50, 100));
      const records = await readAll(deployment, topic, 100);
      expect(records.map(({ offset }) => offset)).toEqual(range(0, 100));
      expect(records.map(({ value }) => text(value))).toEqual([...before, ...after]);
    });

    test("a topic, its partitions and its configs outlive a restart", async () => {
      const topic = await newTopic(3);
      const cluster = await rest.clusterId();
      const path = `/v3/clusters/${cluster}/topics/${topic}`;
      await rest.expect(204, "PUT", `${path}/configs/retention.ms`, { body: { value: "12345" } });
      await deployment.restart();
      expect(await rest.clusterId()).toBe(cluster);
      expect(await rest.expect(200, "GET", path)).toMatchObject({ topic_name: topic, partitions_count: 3 });
      expect(await rest.expect(200, "GET", `${path}/configs/retention.ms`)).toMatchObject({ value: "12345" });
      expect(await rest.expect(200, "GET", "/topics")).toContain(topic);
    });

    test.each(COMPRESSIONS)("a client's records in %s keep bytes, keys, headers and order", async (compressionType) => {
      const topic = await newTopic();
      const sent = numbered(compressionType, 200).map((value, at) => ({
        key: utf8(`key-${at % 7}`),
        value: at % 10 === 9 ? null : utf8(value.repeat(20)),
        headers: [
          { key: "trace", value: utf8(`t-${at}`) },
          { key: "empty", value: null },
        ],
        timestamp: 1_700_000_000_000 + at,
      }));
      await using client = clientOf(deployment);
      const results = await client.producer({ compressionType, lingerMs: 0 }).send(topic, sent);
      expect(results.map((result) => result.ok && result.offset)).toEqual(range(0, 200));
      const records = await readAll(deployment, topic, 200);
      expect(records).toEqual(sent.map((record, offset) => ({ topic, partition: 0, offset, ...record })));
    });

    test("what a client wrote is read by a REST consumer, and goes on after its commit in a new life", async () => {
      const topic = await newTopic();
      const group = `group-of-${topic}`;
      const values = numbered("shared", 20);
      await using client = clientOf(deployment);
      await client.producer().send(
        topic,
        values.slice(0, 10).map((value) => ({ value: utf8(value) })),
      );

      await rest.createInstance(group, "first");
      await rest.subscribe(group, "first", topic);
      const first = await rest.read(group, "first", 10);
      expect(first.map(({ value }) => textOf(value))).toEqual(values.slice(0, 10));
      await rest.expect(200, "POST", `/consumers/${group}/instances/first/offsets`);
      await rest.expect(204, "DELETE", `/consumers/${group}/instances/first`);

      await deployment.restart();
      await rest.produceV2(topic, values.slice(10));
      await rest.createInstance(group, "second");
      await rest.subscribe(group, "second", topic);
      const second = await rest.read(group, "second", 10);
      expect(second.map(({ offset, value }) => [offset, textOf(value)])).toEqual(
        values.slice(10).map((value, at) => [10 + at, value]),
      );
      await rest.expect(204, "DELETE", `/consumers/${group}/instances/second`);
    });

    test("two members of a group share the partitions, and each record goes to one of them", async () => {
      const topic = await newTopic(4);
      for (const partition of range(0, 4)) await rest.produceV2(topic, numbered(`p${partition}`, 5), partition);
      await using client = clientOf(deployment);
      const options = { groupId: `group-of-${topic}`, autoOffsetReset: "earliest", heartbeatIntervalMs: 200 } as const;
      const members = [client.consumer(options), client.consumer(options)];
      for (const member of members) member.subscribe({ topics: [topic] });
      // Both poll until they have settled on two partitions each and all has been read by the one that owns it.
      const seen = new Map<string, KafkaRecord>();
      const settled = (): boolean => members.every((member) => member.assignment().length === 2);
      while (seen.size < 20 || !settled()) {
        const polls = await Promise.all(members.map((member) => member.poll({ timeoutMs: 300 })));
        for (const record of polls.flat()) seen.set(`${record.partition}/${record.offset}`, record);
      }
      expect([...seen.keys()].toSorted()).toEqual(
        range(0, 4).flatMap((partition) => range(0, 5).map((offset) => `${partition}/${offset}`)),
      );
      const owned = members.flatMap((member) => member.assignment().map(({ partition }) => partition));
      expect(owned.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
      for (const member of members) await member.close();
    });

    test("a restart while a client writes loses nothing that was acknowledged and doubles nothing", async () => {
      const topic = await newTopic();
      await using client = clientOf(deployment);
      const producer = client.producer({ lingerMs: 0, batchSize: 512 });
      const values = numbered("steady", 300);
      const sending: ReturnType<typeof producer.send>[] = [];
      for (const [at, value] of values.entries()) {
        sending.push(producer.send(topic, [{ value: utf8(value) }]));
        // Some of the first hundred are acknowledged, some are under way.
        if (at === 100) {
          await sending[10];
          await deployment.restart();
        }
      }
      const results = (await Promise.all(sending)).flat();
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
      const records = await readAll(deployment, topic, 300);
      expect(records.map(({ value }) => text(value))).toEqual(values);
      for (const [at, result] of results.entries()) {
        // -1: a retry whose first offset is not remembered, which is Kafka's answer too.
        if (result.ok && result.offset !== -1) expect(text(records[result.offset]?.value ?? null)).toBe(values[at]);
      }
      const [end] = await client.consumer().endOffsets([{ topic, partition: 0 }]);
      expect(end?.offset).toBe(300);
    });

    test("bad requests get their error codes, and the next good one is served", async () => {
      const topic = await newTopic();
      const binary = "application/vnd.kafka.binary.v2+json";
      const produce = (body: unknown, type = binary) => rest.call("POST", `/topics/${topic}`, { body, type });
      expect((await produce("{ not json")).status).toBe(400);
      expect((await produce({ records: [{ value: "*** no base64 ***" }] })).status).toBeGreaterThanOrEqual(400);
      expect((await produce({ records: [{ value: base64("x") }] }, "text/plain")).status).toBe(415);
      expect(await rest.expect(404, "GET", "/topics/missing")).toMatchObject({ error_code: 40_403 });
      expect(await rest.expect(404, "GET", "/consumers/none/instances/none/records", { type: binary })).toMatchObject({
        error_code: 40_403,
      });
      const huge = { partition_id: 0, value: { type: "STRING", data: "x".repeat(1_100_000) } };
      const path = `/v3/clusters/${await rest.clusterId()}/topics/${topic}/records`;
      expect(JSON.parse((await rest.call("POST", path, { body: huge })).text)).not.toMatchObject({ error_code: 200 });
      expect(await rest.produceV2(topic, ["good"])).toEqual([0]);
    });
  });
}

/** Reads a partition from its beginning, without a group. */
async function readAll(deployment: Deployment, topic: string, count: number): Promise<readonly KafkaRecord[]> {
  await using client = clientOf(deployment);
  const records: KafkaRecord[] = [];
  for (let offset = 0; records.length < count;) {
    const found = await client.fetch({ topic, partition: 0, offset, maxWaitMs: 1_000 });
    records.push(...found.records);
    offset = found.nextOffset;
  }
  return records;
}

function numbered(word: string, count: number): readonly string[] {
  return range(0, count).map((at) => `${word} ${at}`);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? "" : fromUtf8(bytes);
}
