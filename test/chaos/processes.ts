import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleStreambed } from "../../tools/peers/streambed.ts";
import { javaArguments } from "../../tools/peers/java.ts";
import { installS3 } from "../../tools/peers/s3.ts";
import { brokerAddress, brokerNamespace, STORE_ADDRESS, STORE_NAMESPACE } from "./network.ts";

const S3_PORT = 7070;
const KEYS = { access: "streambed-access", secret: "streambed-secret-of-a-test" };
const BUCKET = "chaos";

export const KAFKA_PORT = 9092;
const HTTP_PORT = 8082;

/** Starts a program in a network namespace; its output is appended to a file. */
function spawnIn(
  namespace: string,
  command: readonly string[],
  options: { readonly log: string; readonly env?: Readonly<Record<string, string>> },
): ChildProcess {
  const log = openSync(options.log, "a");
  const child = spawn("ip", ["netns", "exec", namespace, ...command], {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  return child;
}

/** Starts the S3 server all brokers share. */
export async function startStore(dir: string): Promise<ChildProcess> {
  const binary = await installS3();
  const root = join(dir, "buckets");
  mkdirSync(join(root, BUCKET), { recursive: true });
  const args = ["--port", `${STORE_ADDRESS}:${S3_PORT}`, "--quiet", "--keep-alive", "posix", root];
  const env = { ROOT_ACCESS_KEY: KEYS.access, ROOT_SECRET_KEY: KEYS.secret };
  return spawnIn(STORE_NAMESPACE, [binary, ...args], { log: join(dir, "s3.log"), env });
}

/** Starts broker `id`. `ip netns exec` becomes the program, so signals reach it. */
export async function startBroker(dir: string, id: number): Promise<ChildProcess> {
  const doors = ["--host", brokerAddress(id), "--kafka-port", `${KAFKA_PORT}`, "--http-port", `${HTTP_PORT}`];
  const flags = ["--cluster", "--node-id", `${id}`, "--store", `s3://${BUCKET}/run`, "--allow-anonymous"];
  const env = {
    AWS_ENDPOINT_URL: `http://${STORE_ADDRESS}:${S3_PORT}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: KEYS.access,
    AWS_SECRET_ACCESS_KEY: KEYS.secret,
  };
  const command = [process.execPath, await bundleStreambed(), ...flags, ...doors, "--log-level", "info"];
  return spawnIn(brokerNamespace(id), command, { log: join(dir, `broker-${id}.log`), env });
}

/** Starts the Java clients; they stop when their standard input ends. */
export async function startClients(args: readonly string[], log: string): Promise<ChildProcess> {
  const source = fileURLToPath(new URL("agents/ChaosClients.java", import.meta.url));
  const file = openSync(log, "a");
  const child = spawn("java", await javaArguments({ mainClass: source, args, jvm: ["-Xmx512m", "-XX:+UseSerialGC"] }), {
    stdio: ["pipe", file, file],
  });
  closeSync(file);
  return child;
}

/** Who owns the log, as the brokers that answer say; undefined while nobody does. */
export async function findOwner(brokers: number): Promise<number | undefined> {
  const answers = await Promise.all(Array.from({ length: brokers }, (_, at) => statusOf(at + 1)));
  const known = answers.flatMap((answer) => answer?.shards ?? []).toSorted((a, b) => b.epoch - a.epoch);
  return known[0]?.owner ?? undefined;
}

interface Status {
  readonly shards: readonly { readonly epoch: number; readonly owner: number | null }[];
}

async function statusOf(id: number): Promise<Status | undefined> {
  try {
    const url = `http://${brokerAddress(id)}:${HTTP_PORT}/cluster/v1/status`;
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    return response.ok ? ((await response.json()) as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until there is an owner. */
export async function untilOwned(brokers: number, timeoutMs: number): Promise<number> {
  for (const started = Date.now(); Date.now() - started < timeoutMs; await sleep(50)) {
    const owner = await findOwner(brokers);
    if (owner !== undefined) return owner;
  }
  throw new Error(`no broker owned the log within ${timeoutMs} ms`);
}
