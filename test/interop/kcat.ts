import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { installKcat } from "../../tools/peers/kcat.ts";
import { run, stderrTail } from "../../tools/peers/processes.ts";
import { parseChunks, parseHeaders } from "./chunk-parser.ts";
import type { ReadRequest, WriteRequest } from "./clients.ts";
import { TopicDigester, type TopicDigest } from "./digest.ts";
import { readFrames } from "./frames.ts";

// Long enough never to occur in random bytes.
const KEY_END = "~|key|~";
const RECORD_END = "~|record|~";
const NEWLINE = 0x0a;

/** Produces a data set with `kcat -P`; the empty value stands for null. */
export async function write(request: WriteRequest): Promise<void> {
  const parts: Buffer[] = [];
  for (const { key, value } of readFrames(await readFile(request.frames))) {
    parts.push(key ?? Buffer.alloc(0), Buffer.from(KEY_END), value ?? Buffer.alloc(0), Buffer.from(RECORD_END));
  }
  const { bootstrap, topic, codec, timeoutMs } = request;
  const settings = [`compression.codec=${codec}`, "enable.idempotence=true", "linger.ms=20"];
  const args = ["-P", "-b", bootstrap, "-t", topic, "-K", KEY_END, "-D", RECORD_END, "-Z", "-H", `set=${topic}`];
  await run(await installKcat(), [...args, ...settings.flatMap((setting) => ["-X", setting])], {
    input: Buffer.concat(parts),
    timeoutMs,
  });
}

/** Consumes each topic from its beginning to its end with `kcat -C -e`, binary safe through printed lengths. */
export async function read(request: ReadRequest): Promise<Record<string, TopicDigest>> {
  const digests: Record<string, TopicDigest> = {};
  for (const topic of Object.keys(request.topics)) digests[topic] = await readTopic(request, topic);
  return digests;
}

async function readTopic({ bootstrap, timeoutMs }: ReadRequest, topic: string): Promise<TopicDigest> {
  const format = "%p %o %T %K %S %h\n%k%s\n";
  const args = ["-C", "-b", bootstrap, "-t", topic, "-o", "beginning", "-e", "-q", "-f", format];
  // The end of a partition is noticed by an empty fetch; half a second per topic would be waiting, not reading.
  args.push("-X", "fetch.wait.max.ms=20");
  const child = spawn(await installKcat(), args, { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
  const errors = stderrTail(child);
  const ended = once(child, "close");
  const digester = new TopicDigester();
  await parseChunks(child.stdout, (bytes, at) => takeRecord(bytes, at, digester));
  const [code, signal] = await ended;
  if (code !== 0) throw new Error(`kcat ended with ${signal ?? code}: ${errors().trim()}`);
  return digester.result();
}

function takeRecord(bytes: Buffer, at: number, digester: TopicDigester): number | undefined {
  const lineEnd = bytes.indexOf(NEWLINE, at);
  if (lineEnd < 0) return undefined;
  const numbers: number[] = [];
  let from = at;
  while (numbers.length < 5) {
    const space = bytes.indexOf(0x20, from);
    numbers.push(Number(bytes.toString("latin1", from, space)));
    from = space + 1;
  }
  const [partition = 0, offset = 0, timestamp = 0, keyLength = 0, valueLength = 0] = numbers;
  const keyEnd = lineEnd + 1 + Math.max(keyLength, 0);
  const valueEnd = keyEnd + Math.max(valueLength, 0);
  if (bytes.length <= valueEnd) return undefined;
  digester.add({
    partition,
    offset: BigInt(offset),
    timestamp: BigInt(timestamp),
    key: keyLength < 0 ? null : bytes.subarray(lineEnd + 1, keyEnd),
    value: valueLength < 0 ? null : bytes.subarray(keyEnd, valueEnd),
    headers: parseHeaders(bytes.subarray(from, lineEnd), "="),
  });
  return valueEnd + 1;
}
