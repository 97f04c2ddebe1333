import { Consumer } from "./clients/consumer.ts";
import type { World } from "./world.ts";

/** A fresh process must be able to read everything in this time, virtual milliseconds. */
const READ_MS = 60_000;

/**
 * After everything: a fresh process must see what the others see and read all that is promised; then all requests that
 * still sleep take effect, and it must hold again.
 */
export async function checkAtTheEnd(world: World): Promise<void> {
  await readAll(world, "fresh before sleepers");
  if (world.checker.isBroken) return;
  world.trace.note(2, () => `${world.network.underWay} sleepers wake`);
  await world.time.runUntil(() => world.network.underWay === 0 || world.checker.isBroken, 10_000_000, world.observe);
  if (!world.checker.isBroken) await readAll(world, "fresh after sleepers");
}

async function readAll(world: World, name: string): Promise<void> {
  for (const broker of world.processes) broker.machine.crash();
  world.start(0);
  const readers: Consumer[] = [];
  for (const { topicId, partitions } of world.reference.state.topics.values()) {
    for (const partition of partitions.keys()) readers.push(new Consumer(world, name, { topicId, partition }));
  }
  for (const reader of readers) void reader.run();
  const { time, checker } = world;
  const end = await time.runUntil(
    () => checker.isBroken || readers.every(({ isDone }) => isDone),
    READ_MS,
    world.observe,
  );
  if (end !== "done") checker.fail("liveness", `${name} could not read everything: ${end}`);
}
