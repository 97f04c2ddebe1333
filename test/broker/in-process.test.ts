import { createClient } from "@streambed/client";
import { systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { inProcessBroker } from "@streambed/testing/broker";
import { expect, it } from "vitest";

it("is Kafka in a unit test: the example of the README", async () => {
  await using kafka = await inProcessBroker();
  const bootstrap = [{ host: "in-process", port: 0 }];
  const client = createClient({ transport: kafka.transport, bootstrap, clock: systemClock(), random: systemRandom() });
  await client.producer().send("orders", [{ key: utf8("a"), value: utf8("first") }]);
  const { records } = await client.fetch({ topic: "orders", partition: 0, offset: 0 });
  expect(records.length).toBe(1);
  await client.close();
});

it("keeps its records when another broker opens the same store", async () => {
  const first = await inProcessBroker();
  const connect = (kafka: typeof first) =>
    createClient({
      transport: kafka.transport,
      bootstrap: [{ host: "in-process", port: 0 }],
      clock: systemClock(),
      random: systemRandom(),
    });
  const writer = connect(first);
  await writer.producer().send("orders", [{ value: utf8("kept") }]);
  await writer.close();
  await first.close();
  await using second = await inProcessBroker({ store: first.store });
  const reader = connect(second);
  const { records } = await reader.fetch({ topic: "orders", partition: 0, offset: 0 });
  expect(records.map(({ value }) => value)).toEqual([utf8("kept")]);
  await reader.close();
});
