import { type Client, createClient } from "@streambed/client";
import { silentLogger, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { createRestProxy, type RestProxy } from "@streambed/rest-proxy";
import { type InProcessBroker, inProcessBroker } from "@streambed/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, answerOf, errorOf, ORIGIN, V2 } from "./rest-harness.ts";

// Consumer instances and group routes over the real client, broker and coordinator.

let kafka: InProcessBroker;
let client: Client;
let proxy: RestProxy;
let cluster: string;

beforeAll(async () => {
  kafka = await inProcessBroker();
  const parts = { clock: systemClock(), random: systemRandom(), logger: silentLogger };
  client = createClient({ ...parts, transport: kafka.transport, bootstrap: [{ host: "broker", port: 9092 }] });
  proxy = createRestProxy({ ...parts, client });
  const { data } = (await call("GET", "/v3/clusters")).body as { data: { cluster_id: string }[] };
  cluster = `/v3/clusters/${data[0]?.cluster_id}`;
});
afterAll(async () => {
  await proxy.close();
  await client.close();
  await kafka.close();
});

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": V2 } };
  return answerOf(await proxy.fetch(new Request(`${ORIGIN}${path}`, { method, ...init })));
}

async function topicWith(name: string, partitions: number, values: readonly string[]): Promise<void> {
  await client.admin.createTopics([{ name, numPartitions: partitions }]);
  const records = values.map((value, at) => ({ value: utf8(value), partition: at % partitions }));
  const sent = await client.producer().send(name, records);
  expect(sent.every((result) => result.ok)).toBe(true);
}

/** Creates an instance, subscribes it, and returns its path. */
async function reader(group: string, name: string, topic: string): Promise<string> {
  const body = { name, "auto.offset.reset": "earliest", "fetch.min.bytes": 0, "consumer.request.timeout.ms": 10_000 };
  expect((await call("POST", `/consumers/${group}`, body)).status).toBe(200);
  const path = `/consumers/${group}/instances/${name}`;
  expect((await call("POST", `${path}/subscription`, { topics: [topic] })).status).toBe(204);
  return path;
}

type Row = { partition: number; offset: number; value: string };

/** Reads until `count` records are there. */
async function readAll(path: string, count: number): Promise<Row[]> {
  const rows: Row[] = [];
  while (rows.length < count) {
    const answer = await call("GET", `${path}/records`);
    expect(answer.status, answer.text).toBe(200);
    rows.push(...(answer.body as Row[]));
  }
  return rows;
}

const valuesOf = (rows: readonly Row[]): string[] => rows.map((row) => atob(row.value)).sort();

test("the first read waits for the join and gets every record", async () => {
  await topicWith("first", 3, ["a", "b", "c", "d"]);
  const path = await reader("g-first", "i", "first");
  expect(valuesOf(await readAll(path, 4))).toEqual(["a", "b", "c", "d"]);
  expect((await call("GET", `${path}/assignments`)).body).toEqual({
    partitions: [0, 1, 2].map((partition) => ({ topic: "first", partition })),
  });
  await call("DELETE", path);
});

test("the next instance of a group goes on behind the commit", async () => {
  await topicWith("commits", 1, ["a", "b", "c"]);
  const path = await reader("g-commits", "one", "commits");
  expect(await readAll(path, 3)).toHaveLength(3);
  const offsets = [{ topic: "commits", partition: 0, offset: 0, metadata: "note" }];
  expect((await call("POST", `${path}/offsets`, { offsets })).body).toEqual([]);
  const query = encodeURIComponent(JSON.stringify([{ topic: "commits", partition: 0 }]));
  expect((await call("GET", `${path}/offsets?partitions=${query}`)).body).toEqual({
    offsets: [{ topic: "commits", partition: 0, offset: 1, metadata: "note" }],
  });
  expect((await call("GET", `${cluster}/consumer-groups/g-commits/lags`)).body).toMatchObject({
    data: [{ topic_name: "commits", partition_id: 0, current_offset: 1, log_end_offset: 3, lag: 2 }],
  });
  expect((await call("GET", `${cluster}/consumer-groups/g-commits/lag-summary`)).body).toMatchObject({ total_lag: 2 });
  // Leaving with auto commit would move the group to the end; going back first keeps the place.
  await call("POST", `${path}/positions`, { offsets: [{ topic: "commits", partition: 0, offset: 1 }] });
  await call("DELETE", path);
  const next = await reader("g-commits", "two", "commits");
  expect(valuesOf(await readAll(next, 2))).toEqual(["b", "c"]);
  await call("DELETE", next);
});

test("two instances share the partitions of a topic", async () => {
  await topicWith("shared", 4, ["a", "b", "c", "d"]);
  const one = await reader("g-shared", "one", "shared");
  await readAll(one, 4);
  const two = await reader("g-shared", "two", "shared");
  const partitionsOf = async (path: string): Promise<number> => {
    await call("GET", `${path}/records?timeout=200`);
    const { partitions } = (await call("GET", `${path}/assignments`)).body as { partitions: unknown[] };
    return partitions.length;
  };
  await expect
    .poll(async () => Promise.all([partitionsOf(one), partitionsOf(two)]), { timeout: 15_000 })
    .toEqual([2, 2]);
  const { data } = (await call("GET", `${cluster}/consumer-groups/g-shared/consumers`)).body as { data: unknown[] };
  expect(data).toHaveLength(2);
  expect((await call("GET", `${cluster}/consumer-groups/g-shared`)).body).toMatchObject({
    state: "STABLE",
    partition_assignor: "range",
    is_simple: false,
  });
  await call("DELETE", two);
  await expect.poll(() => partitionsOf(one), { timeout: 15_000 }).toBe(4);
  await call("DELETE", one);
});

test("positions move, and assignments need no group members", async () => {
  await topicWith("moves", 1, ["a", "b", "c"]);
  const body = { name: "i", "fetch.min.bytes": 0, "auto.commit.enable": false, "consumer.request.timeout.ms": 10_000 };
  await call("POST", "/consumers/g-moves", body);
  const path = "/consumers/g-moves/instances/i";
  const partitions = [{ topic: "moves", partition: 0 }];
  expect((await call("POST", `${path}/assignments`, { partitions })).status).toBe(204);
  expect((await call("POST", `${path}/positions/beginning`, { partitions })).status).toBe(204);
  expect(valuesOf(await readAll(path, 3))).toEqual(["a", "b", "c"]);
  await call("POST", `${path}/positions`, { offsets: [{ topic: "moves", partition: 0, offset: 2 }] });
  expect(valuesOf(await readAll(path, 1))).toEqual(["c"]);
  await call("DELETE", path);
});

test("groups are listed, and one that never was is 404", async () => {
  await topicWith("listed", 1, ["a"]);
  const path = await reader("g-listed", "i", "listed");
  await readAll(path, 1);
  const { data } = (await call("GET", `${cluster}/consumer-groups`)).body as { data: { consumer_group_id: string }[] };
  expect(data.map((group) => group.consumer_group_id)).toContain("g-listed");
  expect(errorOf(await call("GET", `${cluster}/consumer-groups/g-never`)).slice(0, 2)).toEqual([404, 404]);
  await call("DELETE", path);
});
