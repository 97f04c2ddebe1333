import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKafka } from "../../tools/peers/kafka.ts";
import { startServerProcess } from "../server/server-process.ts";

/** The two brokers that are compared. */
export interface Peers extends AsyncDisposable {
  readonly kafkaPort: number;
  readonly oursPort: number;
}

/**
 * Starts Apache Kafka and our server with the same settings. `CONFORMANCE_KAFKA_PORT` and `CONFORMANCE_PORT` name
 * brokers on loopback that already run; for those who change a case and run it again.
 */
export async function startPeers(): Promise<Peers> {
  await using started = new AsyncDisposableStack();
  const kafkaPort = portFrom("CONFORMANCE_KAFKA_PORT") ?? (await kafka(started, {}));
  const oursPort = portFrom("CONFORMANCE_PORT") ?? (await ours(started, {}));
  const running = started.move();
  return { kafkaPort, oursPort, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Starts both with these broker configs, whatever runs already. */
export async function startPeersWith(configs: Configs): Promise<Peers> {
  await using started = new AsyncDisposableStack();
  const [kafkaPort, oursPort] = await Promise.all([kafka(started, configs), ours(started, configs)]);
  const running = started.move();
  return { kafkaPort, oursPort, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function portFrom(variable: string): number | undefined {
  const text = process.env[variable];
  return text === undefined ? undefined : Number(text);
}

type Configs = Readonly<Record<string, string>>;

async function kafka(started: AsyncDisposableStack, overrides: Configs): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), "streambed-conformance-"));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const server = started.use(await startKafka({ dir, overrides }));
  return Number(server.bootstrap.split(":").at(-1));
}

async function ours(started: AsyncDisposableStack, configs: Configs): Promise<number> {
  const pairs = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  const all = ["group.initial.rebalance.delay.ms=0", ...pairs];
  const args = ["--store", "memory:", ...all.flatMap((pair) => ["--config", pair])];
  return started.use(await startServerProcess({ args })).kafkaPort;
}
