import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Codec } from "./agents/agent.ts";
import { clients, type InteropClient } from "./clients.ts";
import { differences, type Expectation } from "./compare.ts";
import { createTopics } from "../../tools/peers/create-topics.ts";
import { dataSet, expectedChains, type Flavour } from "./data-set.ts";
import type { TopicDigest } from "./digest.ts";
import { FrameWriter, type RecordContent } from "./frames.ts";
import * as javaPerf from "./java-perf.ts";
import type { InteropOptions } from "./options.ts";
import type { Report } from "./report.ts";

/** Two cores: more at a time only makes them wait for each other. */
const AT_A_TIME = 2;

interface Topic {
  readonly name: string;
  readonly writer: InteropClient;
  readonly codec: Codec;
  readonly expected: Expectation;
}

interface DataFile {
  readonly path: string;
  readonly records: readonly RecordContent[];
}

interface Setup extends InteropOptions {
  readonly bootstrap: string;
  readonly folder: string;
  readonly report: Report;
}

/** Lets every client write every codec, then every client read everything, and compares all views. */
export async function runMatrix(setup: Setup): Promise<void> {
  const taking = clients.filter(({ name }) => setup.clients === undefined || setup.clients.includes(name));
  const data = await writeDataSets(setup);
  const run = Date.now().toString(36);
  const topics = taking.flatMap((writer) =>
    setup.codecs.map((codec): Topic => {
      const name = `interop-${run}-${writer.name}-${codec}`;
      return { name, writer, codec, expected: expectation(writer, name, setup.records, data[writer.flavour].records) };
    }),
  );
  const names = topics.map(({ name }) => name);
  await createTopics(setup.bootstrap, names, setup.partitions);
  setup.report.note(`${topics.length} topics of ${setup.records} records in ${setup.partitions} partitions`);
  try {
    const written = await writeAll(setup, taking, topics, data);
    await readAll(setup, taking, written);
    await countAll(setup, taking, written);
  } finally {
    await Promise.all(taking.map((client) => client.stop()));
  }
}

async function writeDataSets({ folder, records }: Setup): Promise<Record<Flavour, DataFile>> {
  await mkdir(folder, { recursive: true });
  const write = async (flavour: Flavour): Promise<DataFile> => {
    const all = [...dataSet(flavour, records)];
    const frames = new FrameWriter();
    for (const record of all) frames.record(record);
    const path = join(folder, `${flavour}.frames`);
    await writeFile(path, frames.view());
    return { path, records: all };
  };
  return { binary: await write("binary"), text: await write("text") };
}

function expectation(
  writer: InteropClient,
  topic: string,
  records: number,
  data: readonly RecordContent[],
): Expectation {
  if (writer.carries === "counter") {
    let bytes = 0;
    for (let index = 0; index < records; index += 1) bytes += String(index).length;
    return { records, bytes, chains: undefined };
  }
  const bytes = data.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
  return { records, bytes, chains: expectedChains(data, topic, writer.carries) };
}

async function writeAll(
  { report, bootstrap, records, timeoutMs }: Setup,
  taking: readonly InteropClient[],
  topics: readonly Topic[],
  data: Record<Flavour, DataFile>,
): Promise<Topic[]> {
  const written: Topic[] = [];
  await atATime(taking, async (writer) => {
    const start = Date.now();
    for (const topic of topics.filter((candidate) => candidate.writer === writer)) {
      const frames = data[writer.flavour].path;
      const { name, codec } = topic;
      await writer.write({ bootstrap, topic: name, codec, records, frames, timeoutMs }).then(
        () => written.push(topic),
        (error: unknown) => report.claim(`${writer.name} writes ${codec}`, [message(error)]),
      );
    }
    report.note(`${writer.name} wrote in ${seconds(start)}`);
  });
  return topics.filter((topic) => written.includes(topic));
}

async function readAll(
  { report, bootstrap, timeoutMs }: Setup,
  taking: readonly InteropClient[],
  topics: readonly Topic[],
): Promise<void> {
  const wanted = Object.fromEntries(topics.map(({ name, expected }) => [name, expected.records]));
  const unlabelled = new Set(topics.filter(({ writer }) => writer.carries === "counter").map(({ name }) => name));
  const views = new Map<string, Record<string, TopicDigest>>();
  await atATime(taking, async (reader) => {
    if (reader.read === undefined) return;
    const start = Date.now();
    await reader.read({ bootstrap, topics: wanted, unlabelled, timeoutMs }).then(
      (view) => views.set(reader.name, view),
      (error: unknown) => report.claim(`${reader.name} reads`, [message(error)]),
    );
    // Whoever has read is done; some clients keep gigabytes.
    await reader.stop();
    report.note(`${reader.name} read in ${seconds(start)}`);
  });
  for (const topic of topics) {
    let reference: TopicDigest | undefined;
    for (const { name } of taking) {
      const view = views.get(name);
      if (view === undefined) continue;
      const claim = `${topic.writer.name} writes ${topic.codec}, ${name} reads`;
      const seen = view[topic.name];
      if (seen === undefined) {
        report.claim(claim, ["the reader left the topic out"]);
        continue;
      }
      const problems = differences(seen, topic.expected, reference);
      report.claim(claim, problems);
      if (problems.length === 0) reference ??= seen;
    }
  }
}

/** Kafka's consumer performance tool tells only totals: one claim per codec over all writers. */
async function countAll(
  { report, bootstrap, codecs, timeoutMs }: Setup,
  taking: readonly InteropClient[],
  topics: readonly Topic[],
): Promise<void> {
  if (!taking.some(({ carries }) => carries === "counter")) return;
  const start = Date.now();
  for (const codec of codecs) {
    const matching = topics.filter((topic) => topic.codec === codec);
    const records = matching.reduce((sum, { expected }) => sum + expected.records, 0);
    const bytes = matching.reduce((sum, { expected }) => sum + expected.bytes, 0);
    const megabytes = bytes / (1024 * 1024);
    const problems = await javaPerf
      .count({ bootstrap, topics: matching.map(({ name }) => name), records, timeoutMs })
      .then(
        (seen) => [
          ...(seen.records === records ? [] : [`${seen.records} records instead of ${records}`]),
          ...(Math.abs(seen.megabytes - megabytes) < 0.001 ? [] : [`${seen.megabytes} MB instead of ${megabytes}`]),
        ],
        (error: unknown) => [message(error)],
      );
    report.claim(`everybody writes ${codec}, java-perf counts`, problems);
  }
  report.note(`java-perf counted in ${seconds(start)}`);
}

async function atATime<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

function message(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n    at ")[0] ?? "";
}

function seconds(start: number): string {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}
