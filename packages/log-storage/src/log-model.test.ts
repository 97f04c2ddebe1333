import { randomUuid, seededRandom } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import { expect, it } from "vitest";
import { baseOffsetOf } from "./batch-layout.ts";
import { readRoot } from "./checkpoint-root.ts";
import type { InstallCommand } from "./install-command.ts";
import { checkpointPageKey, checkpointRootKey, entryKey, packKey } from "./keys.ts";
import type { Partition } from "./partition.ts";
import { readPointer } from "./pointer.ts";
import { openShardLog } from "./shard-log.ts";
import type { ShardLog } from "./shard-log.ts";
import type { PackRequest } from "./test-support/install-packs.ts";
import { writePack } from "./test-support/install-packs.ts";
import { LogModel } from "./test-support/log-model.ts";
import { batch, stateBytes } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";
import type { MapStore } from "./test-support/map-store.ts";

/*
 * Random appends, packs, merges, topic compaction, advances of the log start, topics created and deleted, checkpoints,
 * deletion of what nobody needs, and restarts; compared with lists.
 */
const SEEDS = 20;
const STEPS = 90;

const tagOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getFloat64(61);

interface OffsetRange {
  readonly baseOffset: number;
  readonly endOffset: number;
}

interface Plan {
  readonly command: InstallCommand;
  readonly keeps: (tag: number) => boolean;
}

class World {
  readonly model = new LogModel();
  readonly #random: Random;
  readonly #store: MapStore = mapStore();
  /** All entries ever, also those that were deleted: for a replay from the first. */
  readonly #archive = new Map<string, Uint8Array>();
  #log: ShardLog | undefined;
  #plans: Plan[] = [];
  #tag = 0;
  #topics = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  pick(limit: number): number {
    return Math.floor(this.#random.fraction() * limit);
  }

  async log(): Promise<ShardLog> {
    this.#log ??= await this.#open(this.#store);
    return this.#log;
  }

  #open(store: MapStore): Promise<ShardLog> {
    return openShardLog({ store, random: this.#random, checkpointIntervalEntries: 2 + this.pick(12) });
  }

  async step(): Promise<void> {
    const chance = this.pick(100);
    if (this.model.topicIds.length === 0 || chance < 3) await this.#createTopic();
    else if (chance < 45) await this.#append();
    else if (chance < 60) await this.#plan();
    else if (chance < 78) await this.#install();
    else if (chance < 84) await this.#advanceStart();
    else if (chance < 86) await this.#deleteTopic();
    else if (chance < 93) await this.#collectGarbage();
    else await this.#restart();
  }

  async #createTopic(): Promise<void> {
    const topicId = randomUuid(this.#random);
    const partitions = 1 + this.pick(4);
    const name = `topic-${this.#topics++}`;
    await (await this.log()).command({ kind: "create-topic", topicId, name, partitions, configs: new Map() });
    this.model.createTopic(topicId, partitions);
  }

  #somePartition(): { readonly topicId: string; readonly partition: number } {
    const topicId = this.model.topicIds[this.pick(this.model.topicIds.length)] ?? "";
    return { topicId, partition: this.pick(this.model.partitions(topicId).length) };
  }

  async #append(): Promise<void> {
    const chosen = new Map(
      Array.from({ length: 1 + this.pick(4) }, () => this.#somePartition()).map((at) => [JSON.stringify(at), at]),
    );
    const inputs = [...chosen.values()].map(({ topicId, partition }) => {
      const count = 1 + this.pick(4);
      const tag = this.#tag++;
      this.model.append(topicId, partition, { count, tag });
      return batch(tag, count, { topicId, partition });
    });
    await (await this.log()).append(inputs);
  }

  /** Sometimes along the borders of rows, sometimes anywhere; sometimes some batches are left out. */
  async #plan(): Promise<void> {
    const log = await this.log();
    const requests: PackRequest[] = [];
    const every = this.pick(3) === 0 ? 2 + this.pick(3) : 1;
    const keeps = (tag: number): boolean => every === 1 || tag % every === 0;
    for (const topicId of this.model.topicIds.toSorted()) {
      for (const [number, known] of this.model.partitions(topicId).entries()) {
        const partition = log.view.partition(topicId, number);
        if (partition === undefined || this.pick(2) === 0) continue;
        for (const range of this.#ranges(known))
          requests.push({ partition, ...range, ...(every === 1 ? {} : { keeps: (bytes) => keeps(tagOf(bytes)) }) });
      }
    }
    if (requests.length === 0) return;
    this.#plans.push({ command: await writePack(log, this.#random, requests), keeps });
    if (this.#plans.length > 4) this.#plans.shift();
  }

  /** One or two stretches behind one another. Batches stay whole, but rows may be cut. */
  #ranges({ rows, batches, endOffset }: ReturnType<LogModel["partitions"]>[number]): OffsetRange[] {
    const isWild = this.pick(6) === 0;
    const borders = isWild
      ? Array.from({ length: 3 }, () => this.pick(endOffset + 1))
      : [0, ...rows.flatMap((row) => [row.baseOffset, row.endOffset])];
    const points = Array.from({ length: 3 }, () => borders[this.pick(borders.length)] ?? 0).toSorted((a, b) => a - b);
    const [first = 0, second = 0, third = 0] = points;
    const cutsBatch = (offset: number): boolean =>
      batches.some((each) => each.baseOffset < offset && each.lastOffset >= offset);
    const ranges = [
      { baseOffset: first, endOffset: second },
      { baseOffset: second, endOffset: third },
    ];
    return ranges.filter((range) => range.endOffset > range.baseOffset && !Object.values(range).some(cutsBatch));
  }

  async #install(): Promise<void> {
    const plan = this.#plans.splice(this.pick(this.#plans.length), 1)[0];
    if (plan === undefined) return;
    const outcome = await (await this.log()).command(plan.command);
    expect(outcome).toEqual({ status: "installed", accepted: this.model.install(plan.command, plan.keeps) });
  }

  async #advanceStart(): Promise<void> {
    const { topicId, partition } = this.#somePartition();
    const offset = this.pick((this.model.partition(topicId, partition)?.endOffset ?? 0) + 2);
    await (await this.log()).command({ kind: "advance-start", topicId, partition, offset });
    this.model.advanceStart(topicId, partition, offset);
  }

  async #deleteTopic(): Promise<void> {
    const { topicId } = this.#somePartition();
    await (await this.log()).command({ kind: "delete-topic", topicId });
    this.model.deleteTopic(topicId);
  }

  /** Deletes what neither the published checkpoint nor a row needs. */
  async #collectGarbage(): Promise<void> {
    const log = await this.log();
    await log.internals.checkpoints.settled();
    const { state } = log.internals;
    const { pointer } = await readPointer(this.#store, 0);
    if (pointer === undefined) return;
    const root = await readRoot(this.#store, 0, pointer.checkpointSeq);
    const kept = new Set(root?.pages.map(({ page, seq }) => checkpointPageKey(0, seq, page)));
    kept.add(checkpointRootKey(0, pointer.checkpointSeq));
    this.#archiveEntries();
    const sources = [...state.rows.partitions].flatMap(({ runs }) =>
      Array.from({ length: runs.length }, (_, at) => runs.at(at)?.source ?? -1),
    );
    const floor = Math.min(pointer.checkpointSeq + 1, ...sources.filter((source) => source >= 0));
    for (const key of this.#store.objects.keys())
      if ((key.startsWith("ckpt/") && !kept.has(key)) || (key.startsWith("log/") && key < entryKey(0, floor)))
        this.#store.objects.delete(key);
    const retired = [...state.retiredPacks.values()].filter(({ retiredSeq }) => retiredSeq <= pointer.checkpointSeq);
    for (const pack of retired) this.#store.objects.delete(packKey(0, pack));
    if (retired.length > 0) await log.command({ kind: "forget-packs", numbers: retired.map(({ number }) => number) });
    this.#plans = [];
  }

  #archiveEntries(): void {
    for (const [key, bytes] of this.#store.objects) if (key.startsWith("log/")) this.#archive.set(key, bytes);
  }

  async #restart(): Promise<void> {
    const before = await this.log();
    await before.close();
    const bytes = stateBytes(before);
    this.#log = undefined;
    expect(stateBytes(await this.log())).toEqual(bytes);
    this.#archiveEntries();
    const entries = mapStore();
    for (const [key, entry] of this.#archive) entries.objects.set(key, entry);
    expect(stateBytes(await openShardLog({ store: entries }))).toEqual(bytes);
  }

  /** Every partition, from its start and from anywhere. */
  async check(): Promise<void> {
    const log = await this.log();
    expect([...log.view.topics.keys()].toSorted()).toEqual(this.model.topicIds.toSorted());
    for (const topicId of this.model.topicIds) {
      for (const [number, expected] of this.model.partitions(topicId).entries()) {
        const partition = log.view.partition(topicId, number);
        if (partition === undefined) throw new Error("a partition is missing");
        const { logStartOffset, endOffset, revision } = expected;
        expect(partition).toMatchObject({ logStartOffset, endOffset, revision });
        const from = logStartOffset + this.pick(endOffset - logStartOffset + 1);
        for (const offset of [logStartOffset, from]) {
          const behind = expected.batches.filter(({ lastOffset }) => lastOffset >= offset);
          expect(await readAll(log, partition, offset)).toEqual(behind.map(({ baseOffset, tag }) => [baseOffset, tag]));
        }
      }
    }
  }
}

async function readAll(log: ShardLog, partition: Partition, from: number): Promise<[number, number][]> {
  const found: [number, number][] = [];
  for (let offset = from; ;) {
    const batches = await log.read(partition, offset, 500);
    const last = batches.at(-1);
    if (last === undefined) return found;
    for (const bytes of batches) found.push([baseOffsetOf(bytes), tagOf(bytes)]);
    offset = baseOffsetOf(last) + new DataView(last.buffer, last.byteOffset).getInt32(23) + 1;
  }
}

it.each(Array.from({ length: SEEDS }, (_, at) => at + 1))("a log equals the model, seed %i", async (seed) => {
  const world = new World(seed);
  for (let step = 0; step < STEPS; step++) {
    await world.step();
    if (step % 10 === 0) await world.check();
  }
  await world.check();
});
