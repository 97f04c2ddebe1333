import { seededRandom, utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { createConsumer, createProducer, createReader } from "./standalone.ts";
import { ScriptedCluster } from "./test-support/scripted-cluster.ts";
import { TestClock } from "./test-support/test-clock.ts";

test("producer, consumer and reader work alone, each with connections of its own", async () => {
  const cluster = new ScriptedCluster();
  const clock = new TestClock();
  cluster.addTopic("orders");
  const options = { transport: cluster, bootstrap: [{ host: "node0", port: 9092 }], clock, random: seededRandom(1) };
  const producer = createProducer(options);
  await clock.until(producer.send("orders", [{ value: utf8("a") }]));
  await clock.until(producer.close());
  const reader = createReader(options);
  const { records } = await clock.until(reader.fetch({ topic: "orders", partition: 0, offset: 0 }));
  expect(records).toHaveLength(1);
  await clock.until(reader.close());
  const consumer = createConsumer(options, { groupId: "g", autoOffsetReset: "earliest" });
  consumer.subscribe({ topics: ["orders"] });
  expect(await clock.until(consumer.poll())).toHaveLength(1);
  await clock.until(consumer.close());
  await expect(reader.fetch({ topic: "orders", partition: 0, offset: 0 })).rejects.toMatchObject({
    code: "CLIENT_CLOSED",
  });
});
