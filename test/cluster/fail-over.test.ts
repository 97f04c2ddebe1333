import { fromUtf8, utf8 } from "@streambed/kernel";
import type { Client } from "@streambed/client";
import { beforeEach, expect, test } from "vitest";
import { homeOf, VirtualCluster } from "./virtual-cluster.ts";
import type { VirtualNode } from "./virtual-cluster.ts";

let cluster: VirtualCluster;
let client: Client;
beforeEach(async () => {
  cluster = new VirtualCluster();
  for (const name of ["alpha", "beta", "gamma"]) await cluster.start(name);
  await cluster.untilTrue(() => cluster.nodes.every(({ open }) => open.broker.core.cluster.controllerId !== -1));
  client = cluster.connect();
  await cluster.until(client.admin.createTopics([{ name: "t", numPartitions: 1 }]));
});

function owner(): VirtualNode {
  const found = cluster.owner;
  if (found === undefined) throw new Error("nobody owns the shard");
  return found;
}

async function produce(...texts: readonly string[]): Promise<readonly number[]> {
  const producer = client.producer({ lingerMs: 0 });
  const records = texts.map((value) => ({ value: utf8(value) }));
  const results = await cluster.until(producer.send("t", records), 120_000);
  return results.map((result) => {
    if (!result.ok) throw result.error;
    return result.offset;
  });
}

async function values(): Promise<readonly string[]> {
  const { records } = await cluster.until(
    client.fetch({ topic: "t", partition: 0, offset: 0, maxWaitMs: 10 }),
    120_000,
  );
  return records.map(({ value }) => fromUtf8(value ?? new Uint8Array(0)));
}

function epoch(): number {
  return homeOf(owner().open).ownership.epoch;
}

test("an owner that is killed has a successor within 2 s, and nothing is lost", async () => {
  expect(await produce("a", "b")).toEqual([0, 1]);
  const [dead, before] = [owner(), epoch()];
  dead.kill();
  expect(await cluster.untilTrue(() => cluster.owner !== undefined)).toBeLessThan(2_000);
  expect(owner()).not.toBe(dead);
  expect(epoch()).toBe(before + 1);
  expect(await produce("c")).toEqual([2]);
  expect(await values()).toEqual(["a", "b", "c"]);
});

test("an owner that stands still has one within 7 s, and knows it as soon as it is thawed", async () => {
  await produce("a");
  const frozen = owner();
  frozen.freeze();
  expect(await cluster.untilTrue(() => owner() !== frozen)).toBeLessThan(7_000);
  expect(await produce("b")).toEqual([1]);
  await cluster.clock.advance(20_000);
  frozen.thaw();
  expect(await cluster.untilTrue(() => !frozen.isOwner)).toBeLessThan(500);
  expect(await produce("c")).toEqual([2]);
  expect(await values()).toEqual(["a", "b", "c"]);
});

test("an owner that is asked to go is followed within half a second", async () => {
  await produce("a");
  const leaving = owner();
  const left = leaving.open.leave?.();
  expect(await cluster.untilTrue(() => !leaving.isOwner && cluster.owner !== undefined)).toBeLessThan(500);
  await cluster.until(left ?? Promise.resolve());
  expect(await produce("b")).toEqual([1]);
  const found = cluster.nodes.find((node) => node !== leaving);
  // It has taken itself off the list.
  await cluster.clock.advance(3_000);
  leaving.kill();
  await cluster.untilTrue(() => found?.open.member.brokers.length === 2, 10_000);
});

test("an owner that has lost the store is replaced within 10 s, and lets go of those who wait", async () => {
  await produce("a");
  const cut = owner();
  cut.cutStore();
  const producing = produce("b");
  expect(await cluster.untilTrue(() => owner() !== cut)).toBeLessThan(10_000);
  expect(await cluster.until(producing)).toEqual([1]);
  cut.reconnectStore();
  await cluster.untilTrue(() => !cut.isOwner, 5_000);
  expect(await produce("c")).toEqual([2]);
  expect(await values()).toEqual(["a", "b", "c"]);
});

test("an owner that is cut off from everything sends its clients away", async () => {
  await produce("a");
  const lost = owner();
  lost.cutStore();
  for (const { name } of cluster.nodes) {
    cluster.walls.add(`${name}>${lost.name}`);
    cluster.walls.add(`${lost.name}>${name}`);
  }
  // What it has to write is what tells it that the store is gone.
  const value = { value: utf8("b") };
  const producing = client.producer({ lingerMs: 0 }).send("t", [value]);
  await cluster.untilTrue(() => owner() !== lost, 10_000);
  const { topics } = await cluster.until(lost.session.call("Metadata", 12, { topics: [{ name: "t" }] }));
  expect(topics[0]?.partitions[0]?.leaderId).toBe(-1);
  const results = await cluster.until(producing, 120_000);
  expect(results.map((result) => (result.ok ? result.offset : result.error.message))).toEqual([1]);
});

test("when nobody reaches the store, nobody takes anything over; then the owner goes on", async () => {
  const before = epoch();
  for (const node of cluster.nodes) node.cutStore();
  const producing = produce("a");
  await cluster.clock.advance(60_000);
  for (const node of cluster.nodes) node.reconnectStore();
  await cluster.until(producing);
  expect(epoch() - before).toBeLessThanOrEqual(1);
});

test("an owner that others do not reach keeps its shard while it writes, and clients still find it", async () => {
  const hidden = owner();
  for (const { name } of cluster.nodes) {
    cluster.walls.add(`${name}>${hidden.name}`);
    cluster.walls.add(`${hidden.name}>${name}`);
  }
  const before = epoch();
  for (let second = 0; second < 60; second++) {
    await produce(`${second}`);
    await cluster.clock.advance(1_000);
  }
  expect(epoch()).toBe(before);
  expect(owner()).toBe(hidden);
});

test("brokers that do not see each other take an idle shard from each other ever more rarely", async () => {
  for (const { name: from } of cluster.nodes)
    for (const { name: to } of cluster.nodes) if (from !== to) cluster.walls.add(`${from}>${to}`);
  const before = epoch();
  await cluster.clock.advance(15 * 60_000);
  expect(epoch() - before).toBeLessThanOrEqual(45);
  cluster.walls.clear();
  await cluster.clock.advance(5_000);
  expect(cluster.nodes.filter(({ isOwner }) => isOwner)).toHaveLength(1);
  await produce("a");
});

test("a cluster at rest moves its shard to where it belongs once, and then leaves the store alone", async () => {
  await cluster.clock.advance(120_000);
  const before = epoch();
  cluster.requests.clear();
  await cluster.clock.advance(5 * 60_000);
  expect(epoch()).toBe(before);
  expect([...cluster.requests].filter(([verb]) => verb === "put" || verb === "list")).toEqual([]);
  expect(cluster.requests.get("get") ?? 0).toBeLessThanOrEqual(15);
});

test("a restarted broker gets its node id back; a second process does not get one that is in use", async () => {
  const node = owner();
  node.kill();
  await cluster.clock.advance(1_000);
  const again = await cluster.start(node.name);
  expect(again.nodeId).toBe(node.nodeId);
  await cluster.untilTrue(() => cluster.owner !== undefined, 5_000);
  await expect(cluster.start("delta", { nodeId: again.nodeId })).rejects.toMatchObject({ code: "NODE_ID_TAKEN" });
  expect((await cluster.start("epsilon")).nodeId).toBe(4);
});

test("a broker that comes back leaves the shard with whom it finds it", async () => {
  for (let round = 0; round < 3; round++) {
    const node = owner();
    node.kill();
    await cluster.untilTrue(() => cluster.owner !== undefined);
    const [successor, before] = [owner(), epoch()];
    await cluster.start(node.name);
    await cluster.clock.advance(8_000);
    expect(owner()).toBe(successor);
    expect(epoch()).toBe(before);
  }
});

test("a process whose node id was taken while it stood still must end", async () => {
  const [frozen] = cluster.nodes;
  frozen?.freeze();
  await cluster.clock.advance(10_000);
  await cluster.start("delta", { nodeId: frozen?.nodeId ?? -1 });
  frozen?.thaw();
  await cluster.untilTrue(() => cluster.ended.length > 0, 5_000);
  expect(cluster.ended).toMatchObject([{ code: "NODE_ID_LOST" }]);
});

test("a consumer group goes on where it was when its coordinator dies", async () => {
  await produce("a", "b");
  const consumer = client.consumer({ groupId: "g", autoOffsetReset: "earliest", autoCommitIntervalMs: 200 });
  consumer.subscribe({ topics: ["t"] });
  const seen: string[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    while (!stop.signal.aborted) {
      const records = await consumer.poll({ timeoutMs: 100 });
      for (const { value } of records) seen.push(fromUtf8(value ?? new Uint8Array(0)));
    }
  })();
  await cluster.untilTrue(() => seen.length === 2);
  await cluster.clock.advance(1_000);
  owner().kill();
  await produce("c");
  await cluster.untilTrue(() => seen.length === 3, 30_000);
  expect(seen).toEqual(["a", "b", "c"]);
  stop.abort();
  await cluster.until(reading);
  await cluster.until(consumer.close());
});
