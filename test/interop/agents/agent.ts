import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { TopicDigester, type ConsumedRecord, type TopicDigest } from "../digest.ts";
import { readFrames, type RecordContent } from "../frames.ts";

/** A job for a long-lived client process: one JSON object a line on standard input, one answer a line on output. */
export interface WriteJob {
  readonly do: "write";
  readonly bootstrap: string;
  readonly topic: string;
  readonly codec: Codec;
  /** A data set as `frames.ts` writes it. */
  readonly frames: string;
}

export interface ReadJob {
  readonly do: "read";
  readonly bootstrap: string;
  /** Topic -> number of records to wait for. */
  readonly topics: Readonly<Record<string, number>>;
}

export type Codec = "none" | "gzip" | "snappy" | "lz4" | "zstd";
export type Job = WriteJob | ReadJob;
export type Answer =
  | { readonly ok: true; readonly ms: number; readonly records?: number; readonly topics?: Record<string, TopicDigest> }
  | { readonly ok: false; readonly error: string };

/** What a JavaScript client has to offer to take part. */
export interface ClientAdapter {
  readonly write: (job: Omit<WriteJob, "do" | "frames">, records: readonly RecordContent[]) => Promise<void>;
  /** Delivers records until `done` resolves; `onRecord` returns true with the last one. */
  readonly read: (
    job: { readonly bootstrap: string; readonly topics: readonly string[] },
    onRecord: (topic: string, record: ConsumedRecord) => boolean,
    done: Promise<void>,
  ) => Promise<void>;
}

/** Serves jobs from standard input until it ends. */
export async function serveAgent(adapter: ClientAdapter): Promise<void> {
  // Clients like to talk; standard output belongs to the answers.
  console.log = console.error;
  for await (const line of createInterface({ input: process.stdin })) {
    const start = Date.now();
    // The harness on the other end is the only writer and sends the shape above.
    const job = JSON.parse(line) as Job;
    const answer = await serve(adapter, job).then(
      (result): Answer => ({ ok: true, ms: Date.now() - start, ...result }),
      (error: unknown): Answer => ({
        ok: false,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    );
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

async function serve(
  adapter: ClientAdapter,
  job: Job,
): Promise<{ records?: number; topics?: Record<string, TopicDigest> }> {
  if (job.do === "write") {
    const records = [...readFrames(await readFile(job.frames))].map((record) => labelled(record, job.topic));
    await adapter.write(job, records);
    return { records: records.length };
  }
  const digesters = new Map(Object.keys(job.topics).map((topic) => [topic, new TopicDigester()]));
  const open = new Set(digesters.keys());
  const done = Promise.withResolvers<void>();
  const onRecord = (topic: string, record: ConsumedRecord): boolean => {
    const digester = digesters.get(topic);
    if (digester === undefined) throw new Error(`a record of ${topic}, which nobody asked for`);
    digester.add(record);
    if (digester.records >= (job.topics[topic] ?? 0)) open.delete(topic);
    if (open.size === 0) done.resolve();
    return open.size === 0;
  };
  await adapter.read({ bootstrap: job.bootstrap, topics: [...digesters.keys()] }, onRecord, done.promise);
  return { topics: Object.fromEntries([...digesters].map(([topic, digester]) => [topic, digester.result()])) };
}

/** The constant header comes first, because the command line tools can only put a constant header. */
function labelled(record: RecordContent, topic: string): RecordContent {
  return { ...record, headers: [["set", Buffer.from(topic, "utf8")], ...record.headers] };
}
