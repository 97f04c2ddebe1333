import { createClient } from "@streambed/client";
import { systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { expect, test } from "vitest";
import { startServerProcess } from "./server-process.ts";

/** Values by name and labels, as Prometheus would read them. */
async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

test("a server tells what its clients, its log and its bucket did", async () => {
  await using server = await startServerProcess({ args: ["--store", "memory:", "--price-list", "s3"] });
  await using client = createClient({
    transport: tcpTransport(),
    bootstrap: [{ host: "localhost", port: server.kafkaPort }],
    clock: systemClock(),
    random: systemRandom(),
  });
  await client.admin.createTopics([{ name: "t", numPartitions: 2 }]);
  await using producer = client.producer();
  await producer.send(
    "t",
    ["a", "b", "c"].map((value) => ({ partition: 0, value: utf8(value) })),
  );
  await client.admin.commitOffsets("g", [{ topic: "t", partition: 0, offset: 1 }]);
  const values = await scrape(server.restUrl);
  expect(values.get("streambed_produced_records_total")).toBe(3);
  expect(values.get("streambed_topics")).toBe(2);
  expect(values.get("streambed_partitions")).toBe(52);
  expect(values.get('streambed_kafka_requests_total{api="CreateTopics"}')).toBe(1);
  expect(values.get("streambed_kafka_connections")).toBeGreaterThan(0);
  expect(values.get('streambed_consumer_group_lag_records{group="g",topic="t"}')).toBe(2);
  expect(values.get('streambed_consumer_groups{state="Empty"}')).toBe(1);
  expect(values.get("streambed_log_puts_total")).toBe(values.get("streambed_log_entries_total"));
  expect(values.get('streambed_store_requests_total{verb="PUT",outcome="ok"}')).toBeGreaterThan(3);
  expect(values.get('streambed_request_bill_dollars{price_list="s3"}')).toBeGreaterThan(0.00002);
  expect(values.get("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
});

test("metrics are read with GET, in the format that is asked for", async () => {
  await using server = await startServerProcess({ args: ["--store", "memory:"] });
  const url = `${server.restUrl}/metrics`;
  expect((await fetch(url)).headers.get("content-type")).toContain("version=0.0.4");
  const open = await fetch(url, { headers: { accept: "application/openmetrics-text" } });
  expect(open.headers.get("content-type")).toContain("openmetrics-text; version=1.0.0");
  expect(await open.text()).toMatch(/# EOF\n$/);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect((await fetch(`${server.restUrl}/topics/metrics`)).status).toBe(404);
});
