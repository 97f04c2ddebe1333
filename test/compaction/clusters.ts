import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@streambed/client";
import { systemClock, systemRandom } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { startKafka } from "../../tools/peers/kafka.ts";
import { startServerProcess } from "../server/server-process.ts";

/** Housekeeping so often that a test can wait for it. Broker configs of Kafka that we have, too. */
const EAGER = { "log.retention.check.interval.ms": "300", "log.cleaner.min.cleanable.ratio": "0.01" };
/** Kafka only: the cleaner's own pause, no half a minute before the first look, no minute before a file is deleted. */
const EAGER_KAFKA = {
  ...EAGER,
  "log.cleaner.backoff.ms": "300",
  "log.initial.task.delay.ms": "300",
  "log.segment.delete.delay.ms": "100",
};

/** A running cluster with a client. */
export interface Cluster extends AsyncDisposable {
  readonly name: "kafka" | "streambed";
  readonly bootstrap: string;
  readonly client: Client;
}

/** Our server on a new folder, tidying up all the time. */
export async function streambedCluster(more: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  await using opened = new AsyncDisposableStack();
  const dir = opened.adopt(await mkdtemp(join(tmpdir(), "streambed-compaction-")), remove);
  const configs = Object.entries({ ...EAGER, ...more }).flatMap(([name, value]) => ["--config", `${name}=${value}`]);
  const { bootstrap } = opened.use(await startServerProcess({ args: ["--data", dir, ...configs] }));
  return cluster("streambed", bootstrap, opened.move());
}

/** Apache Kafka on a new folder, tidying up all the time. */
export async function kafkaCluster(): Promise<Cluster> {
  await using opened = new AsyncDisposableStack();
  const dir = opened.adopt(await mkdtemp(join(tmpdir(), "kafka-compaction-")), remove);
  const { bootstrap } = opened.use(await startKafka({ dir, overrides: EAGER_KAFKA }));
  return cluster("kafka", bootstrap, opened.move());
}

function cluster(name: Cluster["name"], bootstrap: string, opened: AsyncDisposableStack): Cluster {
  const [host = "", port = ""] = bootstrap.split(":");
  const parts = { transport: tcpTransport(), clock: systemClock(), random: systemRandom() };
  const client = opened.use(createClient({ ...parts, bootstrap: [{ host, port: Number(port) }] }));
  return { name, bootstrap, client, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function remove(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
