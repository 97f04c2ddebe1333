import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { flags, runTool, spawnTool } from "../../tools/peers/java.ts";
import { stderrTail } from "../../tools/peers/processes.ts";
import { parseChunks, parseHeaders } from "./chunk-parser.ts";
import type { ReadRequest, WriteRequest } from "./clients.ts";
import { TopicDigester, type TopicDigest } from "./digest.ts";
import { readFrames } from "./frames.ts";

const NULL_MARKER = "~|null|~";
const FIELD_END = "~|f|~";
const NO_HEADERS = Buffer.from("NO_HEADERS");
const RECORD_END = "~|r|~";

/** Produces a data set with Kafka's console producer: one line a record, headers, key and value between tabs. */
export async function write(request: WriteRequest): Promise<void> {
  const lines: Buffer[] = [];
  for (const { key, value, headers } of readFrames(await readFile(request.frames))) {
    const label = `set:${request.topic},`;
    const listed = headers.map(([name, content]) => `${name}:${content?.toString("utf8")}`).join();
    lines.push(Buffer.from(`${label}${listed}\t${key?.toString("utf8")}\t${value?.toString("utf8") ?? NULL_MARKER}\n`));
  }
  await runTool(
    {
      mainClass: "org.apache.kafka.tools.ConsoleProducer",
      args: flags({
        "bootstrap-server": request.bootstrap,
        topic: request.topic,
        "compression-codec": request.codec,
        "batch-size": "65536",
        timeout: "20",
        "request-timeout-ms": "30000",
        "reader-property": ["parse.key=true", "parse.headers=true", `null.marker=${NULL_MARKER}`],
      }),
    },
    { input: Buffer.concat(lines), timeoutMs: request.timeoutMs },
  );
}

/** Consumes all topics with as few console consumers as possible: the constant header tells a record's topic. */
export async function read(request: ReadRequest): Promise<Record<string, TopicDigest>> {
  const topics = Object.keys(request.topics);
  const labelled = topics.filter((topic) => !request.unlabelled.has(topic));
  const runs = topics.filter((topic) => request.unlabelled.has(topic)).map((topic) => [topic]);
  if (labelled.length > 0) runs.unshift(labelled);
  const digests: Record<string, TopicDigest> = {};
  for (const together of runs) Object.assign(digests, await readTogether(request, together));
  return digests;
}

async function readTogether(request: ReadRequest, topics: readonly string[]): Promise<Record<string, TopicDigest>> {
  const total = topics.reduce((sum, topic) => sum + (request.topics[topic] ?? 0), 0);
  const print = ["timestamp", "partition", "offset", "headers", "key", "value"].map((part) => `print.${part}=true`);
  const shape = [`key.separator=${FIELD_END}`, `line.separator=${RECORD_END}`, `null.literal=${NULL_MARKER}`];
  const child = await spawnTool({
    mainClass: "org.apache.kafka.tools.consumer.ConsoleConsumer",
    args: [
      "--from-beginning",
      ...flags({
        "bootstrap-server": request.bootstrap,
        include: topics.join("|"),
        "max-messages": String(total),
        "timeout-ms": "20000",
        "formatter-property": [...print, ...shape],
      }),
    ],
  });
  const late = setTimeout(() => child.kill("SIGKILL"), request.timeoutMs);
  const errors = stderrTail(child);
  const ended = once(child, "close");
  const digesters = new Map(topics.map((topic) => [topic, new TopicDigester()]));
  if (child.stdout === null) throw new Error("the console consumer was started without a pipe");
  await parseChunks(child.stdout, (bytes, at) => takeRecord(bytes, at, digesters));
  const [code, signal] = await ended;
  clearTimeout(late);
  if (code !== 0) throw new Error(`the console consumer ended with ${signal ?? code}: ${errors().trim()}`);
  return Object.fromEntries([...digesters].map(([topic, digester]) => [topic, digester.result()]));
}

function takeRecord(bytes: Buffer, at: number, digesters: Map<string, TopicDigester>): number | undefined {
  const end = bytes.indexOf(RECORD_END, at, "latin1");
  if (end < 0) return undefined;
  const fields: Buffer[] = [];
  for (let from = at; fields.length < 5;) {
    const to = bytes.indexOf(FIELD_END, from, "latin1");
    fields.push(bytes.subarray(from, to));
    from = to + FIELD_END.length;
    if (fields.length === 5) fields.push(bytes.subarray(from, end));
  }
  const [timestamp, partition, offset, headerBytes, key, value] = fields as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const headers = headerBytes.equals(NO_HEADERS) ? [] : parseHeaders(headerBytes, ":");
  // Without separate topics in one run there is nothing to tell apart.
  const label = digesters.size === 1 ? [...digesters.keys()][0] : headers[0]?.[1].toString("utf8");
  const digester = digesters.get(label ?? "");
  if (digester === undefined)
    throw new Error(`a record without its topic: ${bytes.subarray(at, end).toString("latin1")}`);
  digester.add({
    partition: Number(afterColon(partition)),
    offset: BigInt(afterColon(offset)),
    timestamp: BigInt(afterColon(timestamp)),
    key: orNull(key),
    value: orNull(value),
    headers,
  });
  return end + RECORD_END.length;
}

/** `CreateTime:123`, `Partition:0`, `Offset:5`. */
function afterColon(field: Buffer): string {
  return field.toString("latin1", field.indexOf(":") + 1);
}

function orNull(field: Buffer): Buffer | null {
  return field.length === NULL_MARKER.length && field.toString("latin1") === NULL_MARKER ? null : field;
}
