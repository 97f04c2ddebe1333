import { CompactionReader } from "./clients/compaction-reader.ts";
import { Consumer } from "./clients/consumer.ts";
import type { Client } from "./clients/client.ts";
import { seqOfEntryKey } from "../../packages/log-storage/src/keys.ts";
import { checkNoOrphans, newestCheckpoint } from "./reachability.ts";
import type { SimulatedBroker } from "./simulated-broker.ts";
import type { World } from "./world.ts";

/** A fresh process must be able to read everything in this time, virtual milliseconds. */
const READ_MS = 60_000;
/** Longer than any orphan may live, milliseconds. */
const DAY_MS = 25 * 3_600_000;
/** In this time brokers try to take a damaged log over, virtual milliseconds. */
const CLAIMS_MS = 6_000;
/** Days, with a round of housekeeping each, after which nothing may be left to do: an idle round writes nothing. */
const DAYS_MAX = 12;

/**
 * After everything: a fresh process must see what the others see and read all that is promised; then all requests that
 * still sleep take effect, and it must hold again; and once more when a day has passed and house was kept.
 */
export async function checkAtTheEnd(world: World): Promise<void> {
  await readAll(world, "fresh before sleepers");
  if (world.checker.isBroken) return;
  world.trace.note(2, () => `${world.network.underWay} sleepers wake`);
  await world.time.runUntil(
    () => world.network.underWay === 0 || world.checker.isBroken,
    Number.MAX_SAFE_INTEGER,
    world.observe,
  );
  if (world.checker.isBroken) return;
  const last = await readAll(world, "fresh after sleepers");
  if (!world.settings.tidiesUp || world.checker.isBroken) return;
  await tidyUp(world, last);
  if (!world.checker.isBroken) await readAll(world, "fresh after housekeeping");
}

/**
 * An operator deletes an entry by hand while brokers come and go: nobody may ever write in its place, and a process that
 * needs it to start must say so instead of starting without it.
 */
export async function checkDeletionByHand(world: World): Promise<void> {
  const { bucket, checker, dice, reference, time } = world;
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith("log/"));
  const behindReleases = keys.filter((each) => reference.isBehindRelease(seqOfEntryKey(0, each) ?? -1));
  const candidates = behindReleases.length > 0 && dice.chance(0.5) ? behindReleases : keys;
  const key = candidates.findLast((each) => reference.removeByHand(seqOfEntryKey(0, each) ?? -1));
  if (key === undefined) return;
  bucket.delete([key]);
  const seq = seqOfEntryKey(0, key) ?? -1;
  world.trace.note(seq, () => `an operator deletes ${key}`);
  // A process that never saw the entry finds its key free and has no way to know better.
  for (const broker of world.processes) if (broker.foldedSeq < seq || dice.chance(0.6)) broker.machine.crash();
  for (let node = 0; node < world.settings.brokers; node++) {
    const broker = world.start(node);
    broker.machine.clock.schedule(dice.between(500, 3_000), () => void broker.claim().catch(() => undefined));
  }
  await time.runUntil(() => checker.isBroken, CLAIMS_MS, world.observe);
  if (checker.isBroken) return;
  for (const other of world.processes) other.machine.crash();
  const fresh = world.start(0);
  await time.runUntil(() => checker.isBroken || fresh.wasOpen || fresh.sawDamage, READ_MS, world.observe);
  let hasClaimed = false;
  if (fresh.wasOpen)
    void fresh.claim().then(
      () => (hasClaimed = true),
      () => undefined,
    );
  await time.runUntil(() => checker.isBroken || hasClaimed || fresh.sawDamage, READ_MS, world.observe);
  // Whoever starts from a checkpoint behind it does not need it, published or not.
  const isNeeded = newestCheckpoint(bucket) < seq;
  checker.expect(
    fresh.sawDamage || !isNeeded,
    "never-fill-a-gap",
    () => `${fresh.machine.name} took the shard over without entry ${seq}, which was deleted by hand`,
  );
}

/** A healthy process keeps house until nothing is left to do; then nothing useless may be in the bucket. */
async function tidyUp(world: World, broker: SimulatedBroker): Promise<void> {
  const { checker, settings, bucket, reference } = world;
  // A round may leave work in the background, so two in a row must find nothing to do.
  for (let quietDays = 0, day = 0; quietDays < 2 && !checker.isBroken; day++) {
    if (day === DAYS_MAX) return checker.fail("put-cost", `${DAYS_MAX} days of housekeeping were not enough`);
    const before = broker.puts;
    await finish(world, "a day", () => world.time.sleep(DAY_MS));
    await finish(world, "claim", settings.isOwned ? () => broker.claim() : () => Promise.resolve());
    await finish(world, "a look at the tail", () => broker.lookAtTail());
    await finish(world, "housekeeping", () => broker.keepHouse("runOnce"));
    quietDays = broker.puts === before ? quietDays + 1 : 0;
  }
  if (checker.isBroken) return;
  checkNoOrphans(bucket, reference, checker, settings.housekeeping?.checkpointsKept ?? 0);
}

async function finish(world: World, name: string, work: () => Promise<void>): Promise<void> {
  const { checker } = world;
  let isDone = false;
  work().then(
    () => (isDone = true),
    (error: unknown) => checker.fail("liveness", `${name} failed on a quiet day: ${String(error)}`),
  );
  const end = await world.time.runUntil(() => isDone || checker.isBroken, DAY_MS + READ_MS, world.observe);
  if (end !== "done") checker.fail("liveness", `${name} is not done: ${end}`);
}

/** All other processes are gone. */
async function readAll(world: World, name: string): Promise<SimulatedBroker> {
  for (const other of world.processes) other.machine.crash();
  const broker = world.start(0);
  const readers: Client[] = [];
  for (const { topicId, configs, partitions } of world.reference.state.topics.values()) {
    const isCompacted = configs.get("cleanup.policy") === "compact";
    for (const partition of partitions.keys()) {
      const place = { topicId, partition };
      readers.push(isCompacted ? new CompactionReader(world, name, place) : new Consumer(world, name, place));
    }
  }
  for (const reader of readers) void reader.run();
  const { time, checker } = world;
  const end = await time.runUntil(
    () => checker.isBroken || readers.every(({ isDone }) => isDone),
    READ_MS,
    world.observe,
  );
  if (end !== "done") checker.fail("liveness", `${name} could not read everything: ${end}`);
  return broker;
}
