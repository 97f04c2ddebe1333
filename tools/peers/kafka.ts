import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { javaArguments, runTool } from "./java.ts";
import { freePort, stopProcess, waitForPort } from "./processes.ts";

/** What `kafka-server-start.sh` gives the broker, so that a comparison is with Kafka as people run it. */
const BROKER_JVM = [
  "-Xmx1G",
  "-Xms1G",
  "-server",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent",
  "-XX:MaxInlineLevel=15",
  "-Djava.awt.headless=true",
] as const;

export interface KafkaServer extends AsyncDisposable {
  readonly bootstrap: string;
  readonly process: ChildProcess;
  readonly stop: () => Promise<void>;
}

export interface KafkaOptions {
  /** Kept between starts; formatted the first time. */
  readonly dir: string;
  readonly port?: number;
  /** Broker properties on top of a single KRaft node with factor 1 for its internal topics. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Writes the properties file and formats the log folder; everything that a start does not have to pay for. */
export async function prepareKafka(options: KafkaOptions): Promise<{ config: string; port: number }> {
  const port = options.port ?? (await freePort());
  const controller = await freePort();
  const config = join(options.dir, "server.properties");
  await mkdir(options.dir, { recursive: true });
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.bootstrap.servers": `127.0.0.1:${controller}`,
    "log.dirs": join(options.dir, "data"),
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    // Groups of tests form at once instead of waiting three seconds for members that never come.
    "group.initial.rebalance.delay.ms": "0",
    ...options.overrides,
  };
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  await writeFile(config, `${lines.join("\n")}\n`);
  if (!existsSync(join(options.dir, "data", "meta.properties"))) {
    const args = ["format", "--standalone", "--cluster-id", "5L6g3nShT-eMCtK--X86sw", "--config", config];
    await runTool({ mainClass: "kafka.tools.StorageTool", args });
  }
  return { config, port };
}

/** Spawns the broker without waiting for it; for those who measure the wait. */
export async function spawnKafka(options: { readonly config: string; readonly dir: string }): Promise<ChildProcess> {
  const log = await open(join(options.dir, "broker.log"), "a");
  const args = await javaArguments({ mainClass: "kafka.Kafka", args: [options.config], jvm: BROKER_JVM });
  const child = spawn("java", args, { stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  return child;
}

/** Starts a single-node Apache Kafka on loopback and waits until it accepts connections. */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const { config, port } = await prepareKafka(options);
  const child = await spawnKafka({ config, dir: options.dir });
  const stop = (): Promise<void> => stopProcess(child);
  await waitForPort(port, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { bootstrap: `127.0.0.1:${port}`, process: child, stop, [Symbol.asyncDispose]: stop };
}
