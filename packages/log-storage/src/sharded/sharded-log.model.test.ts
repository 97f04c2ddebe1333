import { randomUuid, seededRandom, silentLogger, systemClock } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import { expect, it } from "vitest";
import { openShardLog } from "../shard-log.ts";
import { shardOf } from "../shard-place.ts";
import { batch } from "../test-support/log-records.ts";
import { mapStore } from "../test-support/map-store.ts";
import { ShardedLog } from "./sharded-log.ts";

/*
 * Random topics, appends, deletions, new topics under old names, configs, more partitions, more shards and restarts, by
 * two processes that share a bucket; compared with lists.
 */
const SEEDS = 40;
const STEPS = 70;
const NAMES = ["a", "b", "c", "d", "e"];

interface TopicModel {
  readonly name: string;
  configs: Map<string, string>;
  readonly shards: number;
  readonly partitions: number[][];
}

class World {
  readonly #random: Random;
  readonly #store = mapStore();
  readonly #topics = new Map<string, TopicModel>();
  readonly #processes: (ShardedLog | undefined)[] = [undefined, undefined];
  #shards: number;
  #tag = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#shards = 2 + this.#pick(2);
  }

  #pick(limit: number): number {
    return Math.floor(this.#random.fraction() * limit);
  }

  #open(number: number): ReturnType<typeof openShardLog> {
    const checkpointIntervalEntries = 2 + this.#pick(12);
    const options = { store: this.#store, shard: number, isOneOfSeveral: true, random: this.#random };
    return openShardLog({ ...options, checkpointIntervalEntries });
  }

  /** A process that knows all topics and all shards. */
  async #process(at = this.#pick(2)): Promise<ShardedLog> {
    let log = this.#processes[at];
    if (log === undefined) {
      const shards = await Promise.all(Array.from({ length: this.#shards }, (_, number) => this.#open(number)));
      log = new ShardedLog({ shards, ownership: "shared", clock: systemClock(), logger: silentLogger });
      this.#processes[at] = log;
    }
    while (log.shards.length < this.#shards) log.add(await this.#open(log.shards.length));
    await log.verifyTail([]);
    return log;
  }

  async step(): Promise<void> {
    const chance = this.#pick(100);
    if (this.#topics.size === 0 || chance < 12) await this.#createTopic();
    else if (chance < 60) await this.#append();
    else if (chance < 72) await this.#deleteTopic();
    else if (chance < 78) await this.#alterConfigs();
    else if (chance < 84) await this.#createPartitions();
    else if (chance < 86) this.#shards = Math.min(this.#shards + 1, 6);
    else if (chance < 92) await this.#advanceStart();
    else await this.#restart();
  }

  async #createTopic(): Promise<void> {
    const name = NAMES[this.#pick(NAMES.length)] ?? "";
    const log = await this.#process();
    const topicId = randomUuid(this.#random);
    const partitions = 1 + this.#pick(6);
    const outcome = await log.command({ kind: "create-topic", topicId, name, partitions, configs: new Map() });
    const isNew = ![...this.#topics.values()].some((topic) => topic.name === name);
    expect(outcome.status).toBe(isNew ? "applied" : "rejected");
    if (!isNew) return;
    const lists = Array.from({ length: partitions }, () => []);
    this.#topics.set(topicId, { name, configs: new Map(), shards: log.shards.length, partitions: lists });
  }

  #someTopic(): [string, TopicModel] {
    return (
      [...this.#topics][this.#pick(this.#topics.size)] ?? [
        "",
        { name: "", configs: new Map(), shards: 1, partitions: [] },
      ]
    );
  }

  async #append(): Promise<void> {
    const log = await this.#process();
    const chosen = new Map<string, { topicId: string; partition: number; list: number[]; tag: number }>();
    for (let count = 1 + this.#pick(5); count > 0; count--) {
      const [topicId, { partitions }] = this.#someTopic();
      const partition = this.#pick(partitions.length);
      chosen.set(`${topicId} ${partition}`, {
        topicId,
        partition,
        list: partitions[partition] ?? [],
        tag: this.#tag++,
      });
    }
    const places = [...chosen.values()];
    const outcomes = await log.append(places.map(({ tag, ...place }) => batch(tag, 1, place)));
    for (const [at, { list, tag }] of places.entries()) {
      expect(outcomes[at]).toMatchObject({ status: "appended", baseOffset: list.length });
      list.push(tag);
    }
  }

  async #deleteTopic(): Promise<void> {
    const [topicId] = this.#someTopic();
    const log = await this.#process();
    await log.command({ kind: "delete-topic", topicId });
    this.#topics.delete(topicId);
    expect(log.view.topics.get(topicId)).toBeUndefined();
  }

  async #alterConfigs(): Promise<void> {
    const [topicId, topic] = this.#someTopic();
    const name = ["retention.ms", "cleanup.policy"][this.#pick(2)] ?? "";
    const value = this.#pick(3) === 0 ? null : String(this.#pick(1000));
    await (await this.#process()).command({ kind: "alter-configs", topicId, changes: new Map([[name, value]]) });
    if (value === null) topic.configs.delete(name);
    else topic.configs.set(name, value);
  }

  async #createPartitions(): Promise<void> {
    const [topicId, { partitions }] = this.#someTopic();
    const count = partitions.length + 1 + this.#pick(3);
    await (await this.#process()).command({ kind: "create-partitions", topicId, partitions: count });
    while (partitions.length < count) partitions.push([]);
  }

  async #advanceStart(): Promise<void> {
    const [topicId, { partitions }] = this.#someTopic();
    const partition = this.#pick(partitions.length);
    const offset = this.#pick((partitions[partition]?.length ?? 0) + 1);
    const log = await this.#process();
    await log.verifyTail([{ topicId, partition }]);
    const before = log.view.partition(topicId, partition)?.logStartOffset ?? 0;
    if (offset > before) await log.command({ kind: "advance-start", topicId, partition, offset });
    const list = partitions[partition];
    for (let at = before; at < offset; at++) if (list !== undefined) list[at] = -1;
  }

  async #restart(): Promise<void> {
    const at = this.#pick(2);
    await this.#processes[at]?.close();
    this.#processes[at] = undefined;
  }

  /** Both processes say the same as the model. */
  async check(): Promise<void> {
    for (const at of this.#processes.keys()) {
      const log = await this.#process(at);
      await log.verifyTail();
      expect([...log.view.topics.keys()].toSorted()).toEqual([...this.#topics.keys()].toSorted());
      for (const [topicId, model] of this.#topics) {
        const topic = log.view.topicNamed(model.name);
        expect(topic).toMatchObject({ topicId, configs: model.configs });
        expect(topic?.partitions).toHaveLength(model.partitions.length);
        for (const [partition, list] of model.partitions.entries()) {
          expect(log.shardOf(topicId, partition)).toBe(shardOf(topicId, partition, model.shards));
          expect(await this.#tags(log, topicId, partition)).toEqual(list.filter((tag) => tag >= 0));
        }
      }
    }
  }

  async #tags(log: ShardedLog, topicId: string, number: number): Promise<number[]> {
    const tags: number[] = [];
    const partition = log.view.partition(topicId, number);
    if (partition === undefined) throw new Error("no such partition");
    for (let offset = partition.logStartOffset; offset < partition.endOffset;) {
      for (const bytes of await log.read(partition, offset, 300)) {
        tags.push(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(61));
        offset++;
      }
    }
    return tags;
  }

  /** When all is quiet, no shard has a topic that shard 0 has not, nor other configs. */
  async settle(): Promise<void> {
    const [home, ...others] = (await this.#process(0)).shards;
    for (const { view } of others) {
      await expect
        .poll(() => [...view.topics.keys()].filter((topicId) => home?.view.topics.has(topicId) !== true))
        .toEqual([]);
      for (const [topicId, { configs }] of view.topics)
        await expect
          .poll(() => view.topics.get(topicId)?.configs ?? configs)
          .toEqual(home?.view.topics.get(topicId)?.configs);
    }
    for (const log of this.#processes) await log?.close();
  }
}

it.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))(
  "several shards equal the model, seed %i",
  async (seed) => {
    const world = new World(seed);
    for (let step = 1; step <= STEPS; step++) {
      await world.step();
      if (step % 10 === 0) await world.check();
    }
    await world.settle();
  },
);
