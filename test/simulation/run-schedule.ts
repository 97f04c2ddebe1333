import { randomUuid } from "@streambed/kernel";
import { Chaos } from "./chaos.ts";
import type { Violation } from "./checker.ts";
import type { Client, TopicPlace } from "./clients/client.ts";
import { CompactionReader } from "./clients/compaction-reader.ts";
import { Consumer } from "./clients/consumer.ts";
import { IdempotentProducer } from "./clients/idempotent-producer.ts";
import { PlainProducer } from "./clients/plain-producer.ts";
import { Setup } from "./clients/setup.ts";
import type { SetupTopic } from "./clients/setup.ts";
import { HousekeepingDriver } from "./clients/housekeeping-driver.ts";
import { TopicAdmin } from "./clients/topic-admin.ts";
import { COMPACTED_TOPIC, INLINE_TOPIC } from "./counting-module.ts";
import { Dice } from "./dice.ts";
import { checkAtTheEnd, checkDeletionByHand } from "./final-checks.ts";
import { planSchedule } from "./scenarios.ts";
import type { PlanOptions, ScenarioName, SchedulePlan, Workload } from "./scenarios.ts";
import { World } from "./world.ts";

/** What became of a schedule. */
export interface ScheduleResult {
  readonly seed: number;
  readonly scenario: ScenarioName;
  readonly violations: readonly Violation[];
  /** Equal for equal runs. */
  readonly fingerprint: number;
  readonly trace: readonly string[];
  readonly figures: ScheduleFigures;
}

/** Counted over a schedule, and summed over many. */
export interface ScheduleFigures {
  readonly events: number;
  readonly virtualMs: number;
  readonly entries: number;
  readonly voidEntries: number;
  readonly strays: number;
  readonly acked: number;
  readonly attempts: number;
}

/** Which schedule to run. */
export interface ScheduleOptions extends PlanOptions {
  readonly seed: number;
  readonly scenario: ScenarioName;
  readonly keepsTrace?: boolean;
}

/** Trouble lasts at most this long, virtual milliseconds. */
const TROUBLE_MS = 400_000;
/** After the trouble everything must be done in this time, virtual milliseconds. */
const RECOVERY_MS = 120_000;

/** Runs one schedule to its end or to the first violation. The same options give the same result. */
export async function runSchedule(options: ScheduleOptions): Promise<ScheduleResult> {
  const { seed, scenario, keepsTrace = false } = options;
  // Thousands of errors are part of the game; their stacks are dear.
  const { stackTraceLimit } = Error;
  if (!keepsTrace) Error.stackTraceLimit = 0;
  const dice = new Dice(seed);
  const plan = planSchedule(scenario, dice, options);
  const world = new World(plan.world, dice, keepsTrace);
  const onCrash = (error: unknown): void => {
    world.checker.fail("no-crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  // In a broker's process an error that nobody handles is the end.
  process.on("unhandledRejection", onCrash);
  try {
    await play(world, plan);
  } catch (error) {
    onCrash(error);
  } finally {
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", onCrash);
  }
  Error.stackTraceLimit = stackTraceLimit;
  const { checker, trace, time, reference, attempts } = world;
  return {
    seed,
    scenario,
    violations: checker.violations,
    fingerprint: trace.fingerprint,
    trace: trace.lines ?? [],
    figures: {
      events: time.events,
      virtualMs: time.nowMs,
      entries: reference.validEntries,
      voidEntries: reference.voidEntries,
      strays: reference.strays,
      acked: attempts.all.filter(({ ackedAt }) => ackedAt !== undefined).length,
      attempts: attempts.all.length,
    },
  };
}

async function play(world: World, plan: SchedulePlan): Promise<void> {
  world.trace.note(0, () => `plan ${JSON.stringify(plan)}`);
  const { time, checker, dice } = world;
  const topics = makeTopics(dice, plan.workload);
  for (let node = 0; node < plan.world.brokers; node++) world.start(node);
  const setup = new Setup(world, "setup", topics);
  void setup.run();
  await stretch(world, () => setup.isDone, RECOVERY_MS);
  if (!setup.isDone) return;
  const producers = makeProducers(world, plan.workload, topics);
  const consumers = Array.from(
    { length: plan.workload.consumers },
    (_, at) => new Consumer(world, `consumer ${at}`, { topicId: topics[0].topicId, partition: at % 2 }),
  );
  world.isCalm = false;
  world.network.faults = plan.faults;
  void new Chaos(world, plan.chaos).run();
  void new HousekeepingDriver(world, plan.workload.housekeepingRounds).run();
  for (const client of [...producers, ...consumers]) void client.run();
  const producersDone = (): boolean => producers.every(({ isDone }) => isDone);
  await time.runUntil(() => checker.isBroken || producersDone(), TROUBLE_MS, world.observe);
  if (checker.isBroken) return;
  calmDown(world);
  await stretch(world, producersDone, RECOVERY_MS);
  world.producersAreDone = true;
  await stretch(world, () => consumers.every(({ isDone }) => isDone), RECOVERY_MS);
  if (checker.isBroken) return;
  world.isOver = true;
  await (world.settings.operatorDeletes ? checkDeletionByHand(world) : checkAtTheEnd(world));
}

/** The ordinary topic, the internal one, the compacted one. */
function makeTopics(dice: Dice, { retentionMs }: Workload): readonly [SetupTopic, SetupTopic, SetupTopic] {
  const compact = new Map([["cleanup.policy", "compact"]]);
  const topic = (name: string, partitions: number, configs: ReadonlyMap<string, string>): SetupTopic => ({
    topicId: randomUuid(dice),
    name,
    partitions,
    configs,
  });
  return [
    topic("orders", 2, new Map([["retention.ms", String(retentionMs)]])),
    topic(INLINE_TOPIC, 1, compact),
    topic(COMPACTED_TOPIC, 1, compact),
  ];
}

function makeProducers(
  world: World,
  workload: Workload,
  [orders, internal, compacted]: readonly [SetupTopic, SetupTopic, SetupTopic],
): Client[] {
  const { batchesPerProducer: batches, hasInline, hasTopicAdmin, hasCompaction } = workload;
  const half = { batches: batches >> 1, inline: false };
  const places = [0, 1].map((partition) => ({ topicId: orders.topicId, partition }));
  const onlyOf = ({ topicId }: SetupTopic): TopicPlace => ({ topicId, partition: 0 });
  const clients: Client[] = [];
  for (let at = 0; at < workload.idempotentProducers; at++) {
    const place = { topicId: orders.topicId, partition: at % 2 };
    clients.push(new IdempotentProducer(world, `idempotent ${at}`, place, batches));
  }
  for (let at = 0; at < workload.plainProducers; at++)
    clients.push(new PlainProducer(world, `plain ${at}`, places, half));
  if (hasInline) clients.push(new PlainProducer(world, "inline", [onlyOf(internal)], { ...half, inline: true }));
  if (hasTopicAdmin) clients.push(new TopicAdmin(world, "admin", places));
  if (hasCompaction) {
    const place = onlyOf(compacted);
    clients.push(
      new PlainProducer(world, "keyed", [place], half),
      new IdempotentProducer(world, "keyed in order", place, batches),
      new CompactionReader(world, "reader of compacted", place),
    );
  }
  return clients;
}

/** The trouble is over: brokers come back, the network is good. Sleeping requests still sleep. */
function calmDown(world: World): void {
  world.trace.note(1, () => "CALM");
  world.calm();
  for (const { machine } of world.running) {
    machine.isPartitioned = false;
    machine.skewMs = 0;
    machine.resume();
  }
  for (let node = 0; node < world.settings.brokers; node++) {
    if (!world.running.some((broker) => broker.node === node)) world.start(node);
  }
}

/** Lets time pass until something is done; it must be done within the limit. */
export async function stretch(world: World, done: () => boolean, limitMs: number): Promise<void> {
  const { time, checker } = world;
  if (checker.isBroken) return;
  const end = await time.runUntil(() => checker.isBroken || done(), limitMs, world.observe);
  if (end !== "done") checker.fail("liveness", `something is not done after ${limitMs} virtual milliseconds: ${end}`);
}
