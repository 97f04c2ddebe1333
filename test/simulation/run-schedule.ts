import { randomUuid } from "@streambed/kernel";
import { Chaos } from "./chaos.ts";
import type { Violation } from "./checker.ts";
import type { Client, TopicPlace } from "./clients/client.ts";
import { Consumer } from "./clients/consumer.ts";
import { IdempotentProducer } from "./clients/idempotent-producer.ts";
import { PlainProducer } from "./clients/plain-producer.ts";
import { Setup } from "./clients/setup.ts";
import { TopicAdmin } from "./clients/topic-admin.ts";
import { INLINE_TOPIC } from "./counting-module.ts";
import { Dice } from "./dice.ts";
import { NO_FAULTS } from "./faults.ts";
import { checkAtTheEnd } from "./final-checks.ts";
import { planSchedule } from "./scenarios.ts";
import type { PlanOptions, ScenarioName, SchedulePlan } from "./scenarios.ts";
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
const TROUBLE_MS = 150_000;
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
  try {
    await play(world, plan);
  } catch (error) {
    world.checker.fail("no-crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
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
  const topics = [
    { topicId: randomUuid(dice), name: "orders", partitions: 2 },
    { topicId: randomUuid(dice), name: INLINE_TOPIC, partitions: 1 },
  ];
  for (let node = 0; node < plan.world.brokers; node++) world.start(node);
  const setup = new Setup(world, "setup", topics);
  void setup.run();
  await stretch(world, () => setup.isDone, RECOVERY_MS);
  if (!setup.isDone) return;
  const places = [0, 1].map((partition) => ({ topicId: topics[0]?.topicId ?? "", partition }));
  const inline = { topicId: topics[1]?.topicId ?? "", partition: 0 };
  const producers = makeProducers(world, plan, places, inline);
  const consumers = Array.from(
    { length: plan.workload.consumers },
    (_, at) => new Consumer(world, `consumer ${at}`, places[at % 2] ?? inline),
  );
  world.isCalm = false;
  world.network.faults = plan.faults;
  void new Chaos(world, plan.chaos).run();
  for (const client of [...producers, ...consumers]) void client.run();
  const producersDone = (): boolean => producers.every(({ isDone }) => isDone);
  await time.runUntil(() => checker.isBroken || producersDone(), TROUBLE_MS, world.observe);
  if (checker.isBroken) return;
  calmDown(world);
  await stretch(world, producersDone, RECOVERY_MS);
  world.producersAreDone = true;
  await stretch(world, () => consumers.every(({ isDone }) => isDone), RECOVERY_MS);
  if (!checker.isBroken) await checkAtTheEnd(world);
}

function makeProducers(
  world: World,
  { workload }: SchedulePlan,
  places: readonly TopicPlace[],
  inline: TopicPlace,
): Client[] {
  const { batchesPerProducer: batches, idempotentProducers, plainProducers, hasInline, hasTopicAdmin } = workload;
  const [first = inline] = places;
  const clients: Client[] = [];
  for (let at = 0; at < idempotentProducers; at++)
    clients.push(new IdempotentProducer(world, `idempotent ${at}`, places[at % 2] ?? first, batches));
  for (let at = 0; at < plainProducers; at++)
    clients.push(new PlainProducer(world, `plain ${at}`, places, { batches: batches >> 1, inline: false }));
  if (hasInline) clients.push(new PlainProducer(world, "inline", [inline], { batches: batches >> 1, inline: true }));
  if (hasTopicAdmin) clients.push(new TopicAdmin(world, "admin", places));
  return clients;
}

/** The trouble is over: brokers come back, the network is good. Sleeping requests still sleep. */
function calmDown(world: World): void {
  world.trace.note(1, () => "CALM");
  world.isCalm = true;
  world.network.faults = NO_FAULTS;
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
