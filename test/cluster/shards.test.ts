import { fromUtf8, utf8, ZERO_UUID } from "@streambed/kernel";
import type { Client } from "@streambed/client";
import { expect, test } from "vitest";
import { VirtualCluster } from "./virtual-cluster.ts";
import type { VirtualNode } from "./virtual-cluster.ts";

const SHARDS = 4;
const PARTITIONS = 8;
const GROUPS = Array.from({ length: 12 }, (_, at) => `group-${at}`);

interface World {
  /** It was killed: nobody answers there. */
  dead?: VirtualNode | undefined;
  readonly cluster: VirtualCluster;
  readonly client: Client;
}

/** Three brokers that have settled which of them owns what. */
async function open(shards: number): Promise<World> {
  const cluster = new VirtualCluster();
  await cluster.grow(shards);
  for (const name of ["alpha", "beta", "gamma"]) await cluster.start(name);
  await cluster.clock.advance(90_000);
  await cluster.untilTrue(() => owners(cluster, shards).every((owner) => owner !== undefined));
  return { cluster, client: cluster.connect() };
}

/** The owner of each shard: of those that think so the one with the newest epoch. */
function owners(cluster: VirtualCluster, shards: number): (VirtualNode | undefined)[] {
  return Array.from({ length: shards }, (_, shard) => {
    const epochOf = ({ open: { shards: logs } }: VirtualNode): number => logs[shard]?.ownership.epoch ?? -1;
    const claiming = cluster.nodes.filter((node) => node.owns(shard));
    return claiming.toSorted((left, right) => epochOf(right) - epochOf(left))[0];
  });
}

function epochs(cluster: VirtualCluster, shards: number): number[] {
  return owners(cluster, shards).map((owner, shard) => owner?.open.shards[shard]?.ownership.epoch ?? -1);
}

async function createTopic({ cluster, client }: World, name: string): Promise<string> {
  await cluster.until(client.admin.createTopics([{ name, numPartitions: PARTITIONS }]));
  const known = (): string | undefined => homeView(cluster).topicNamed(name)?.topicId;
  await cluster.untilTrue(() => known() !== undefined);
  return known() ?? "";
}

function homeView(cluster: VirtualCluster): VirtualNode["open"]["broker"]["core"]["log"]["view"] {
  const [controller] = owners(cluster, 1);
  if (controller === undefined) throw new Error("nobody owns shard 0");
  return controller.open.broker.core.log.view;
}

/** One record to each partition. */
async function produce({ cluster, client }: World, topic: string, text: string): Promise<number[]> {
  const records = Array.from({ length: PARTITIONS }, (_, partition) => ({ value: utf8(text), partition }));
  const results = await cluster.until(client.producer({ lingerMs: 0 }).send(topic, records), 120_000);
  return results.map((result) => {
    if (!result.ok) throw result.error;
    return result.offset;
  });
}

async function values({ cluster, client }: World, topic: string): Promise<string[]> {
  const found: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const fetching = client.fetch({ topic, partition, offset: 0, maxWaitMs: 10 });
    const { records } = await cluster.until(fetching, 120_000);
    found.push(records.map(({ value }) => fromUtf8(value ?? new Uint8Array(0))).join(" "));
  }
  return found;
}

const everywhere = <T>(what: T): T[] => Array.from({ length: PARTITIONS }, () => what);

test("shards are spread over brokers; when one is killed, only its shards are taken over and nothing is lost", async () => {
  const world = await open(SHARDS);
  const { cluster } = world;
  const before = owners(cluster, SHARDS);
  expect(new Set(before).size).toBeGreaterThan(1);
  await createTopic(world, "t");
  expect(await produce(world, "t", "a")).toEqual(everywhere(0));
  const epochsBefore = epochs(cluster, SHARDS);
  const dead = before[1];
  dead?.kill();
  await cluster.untilTrue(() => owners(cluster, SHARDS).every((owner) => owner !== undefined && owner !== dead), 5_000);
  const isTheirs = before.map((owner) => owner === dead);
  expect(epochs(cluster, SHARDS)).toEqual(
    epochsBefore.map((epoch, shard) => epoch + (isTheirs[shard] === true ? 1 : 0)),
  );
  expect(await produce(world, "t", "b")).toEqual(everywhere(1));
  expect(await values(world, "t")).toEqual(everywhere("a b"));
}, 60_000);

test("while one owner does not answer, the others' partitions go on", async () => {
  const world = await open(SHARDS);
  const { cluster, client } = world;
  const topicId = await createTopic(world, "t");
  const producer = client.producer({ lingerMs: 0 });
  const toAll = [...everywhere(0).keys()].map((partition) => ({ value: utf8("a"), partition }));
  await cluster.until(producer.send("t", toAll));
  const frozen = owners(cluster, SHARDS).find((owner) => owner?.isOwner === false);
  frozen?.freeze();
  const { log } = owners(cluster, SHARDS)[0]?.open.broker.core ?? {};
  const isFree = (partition: number): boolean =>
    owners(cluster, SHARDS)[log?.shardOf(topicId, partition) ?? -1] !== frozen;
  const free = [...everywhere(0).keys()].filter(isFree);
  expect(free.length).toBeGreaterThan(0);
  const records = free.map((partition) => ({ value: utf8("b"), partition }));
  const startMs = cluster.clock.elapsed();
  const results = await cluster.until(producer.send("t", records));
  expect(cluster.clock.elapsed() - startMs).toBeLessThan(500);
  expect(results.every(({ ok }) => ok)).toBe(true);
}, 60_000);

/** Asks whoever coordinates the group, as often as it takes. */
async function asCoordinator<T>(
  { cluster, dead }: World,
  groupId: string,
  ask: (node: VirtualNode) => Promise<{ readonly error: number; readonly answer: T }>,
): Promise<{ readonly nodeId: number; readonly answer: T }> {
  for (let attempt = 0; attempt < 200; attempt++) {
    await cluster.clock.advance(50);
    const asked = owners(cluster, SHARDS).find((owner) => owner !== undefined);
    const finding = asked?.session.call("FindCoordinator", 4, { keyType: 0, coordinatorKeys: [groupId] });
    const nodeId = (await cluster.until(finding ?? Promise.resolve(undefined)))?.coordinators[0]?.nodeId;
    const node = cluster.nodes.findLast((each) => each.nodeId === nodeId);
    if (node === undefined || nodeId === undefined || node === dead) continue;
    const { error, answer } = await cluster.until(ask(node));
    if (error === 0) return { nodeId, answer };
  }
  throw new Error(`nobody coordinates ${groupId}`);
}

async function commit(world: World, groupId: string, offset: number): Promise<number> {
  const partitions = [{ partitionIndex: 0, committedOffset: BigInt(offset), committedMetadata: null }];
  const request = { groupId, generationIdOrMemberEpoch: -1, memberId: "", topics: [{ name: "t", partitions }] };
  const { nodeId } = await asCoordinator(world, groupId, async ({ session }) => {
    const { topics } = await session.call("OffsetCommit", 8, request);
    return { error: topics[0]?.partitions[0]?.errorCode ?? -1, answer: undefined };
  });
  return nodeId;
}

async function committed(world: World, groupId: string): Promise<number> {
  const topics = [{ name: "t", topicId: ZERO_UUID, partitionIndexes: [0] }];
  const { answer } = await asCoordinator(world, groupId, async ({ session }) => {
    const { groups } = await session.call("OffsetFetch", 8, { groups: [{ groupId, topics }] });
    const offset = Number(groups[0]?.topics[0]?.partitions[0]?.committedOffset ?? -2);
    return { error: groups[0]?.errorCode ?? -1, answer: offset };
  });
  return answer;
}

test("groups are coordinated all over the cluster, survive a killed coordinator, and end with their topic", async () => {
  const world = await open(SHARDS);
  const { cluster, client } = world;
  await createTopic(world, "t");
  const coordinators = new Set<number>();
  for (const [at, groupId] of GROUPS.entries()) coordinators.add(await commit(world, groupId, at));
  expect(coordinators.size).toBeGreaterThan(1);
  world.dead = owners(cluster, SHARDS).find((owner) => owner?.isOwner === false && coordinators.has(owner.nodeId));
  world.dead?.kill();
  for (const [at, groupId] of GROUPS.entries()) expect(await committed(world, groupId)).toBe(at);
  await cluster.until(client.admin.deleteTopics(["t"]), 120_000);
  await createTopic(world, "t");
  for (const groupId of GROUPS) expect(await committed(world, groupId)).toBe(-1);
  await commit(world, "group-0", 7);
  expect(await committed(world, "group-0")).toBe(7);
}, 60_000);

test("a running cluster grows: old topics stay where they are, new ones are spread", async () => {
  const world = await open(1);
  const { cluster } = world;
  const old = await createTopic(world, "old");
  expect(await produce(world, "old", "a")).toEqual(everywhere(0));
  await cluster.grow(3);
  await cluster.start("delta");
  await cluster.untilTrue(() => cluster.nodes.every(({ open: { shards } }) => shards.length === 3), 10_000);
  await cluster.untilTrue(() => owners(cluster, 3).every((owner) => owner !== undefined), 10_000);
  const young = await createTopic(world, "young");
  expect(await produce(world, "young", "y")).toEqual(everywhere(0));
  expect(await produce(world, "old", "b")).toEqual(everywhere(1));
  for (const node of cluster.nodes) {
    const { log } = node.open.broker.core;
    const placesOf = (topicId: string): number =>
      new Set([...everywhere(0).keys()].map((partition) => log.shardOf(topicId, partition))).size;
    await cluster.untilTrue(() => log.view.topics.has(young), 5_000);
    expect([placesOf(old), placesOf(young)]).toEqual([1, 3]);
  }
  expect(await values(world, "old")).toEqual(everywhere("a b"));
  expect(await values(world, "young")).toEqual(everywhere("y"));
  expect(cluster.ended).toEqual([]);
}, 60_000);
