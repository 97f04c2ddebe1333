import type { Client } from "@streambed/client";
import type { CliContext } from "../context.ts";
import { openClient } from "../context.ts";
import { parseBootstrap } from "../bootstrap.ts";
import { table } from "../table.ts";
import { type DataSet, readDataSets } from "./datasets.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { load } from "./load.ts";
import { Progress } from "./progress.ts";
import { readThroughGroup } from "./read-group.ts";
import { readThroughRest } from "./read-rest.ts";

type Fingerprints = ReadonlyMap<string, Fingerprint>;

/** A cluster to load, by its two doors. */
export interface DemoTarget {
  readonly bootstrap: string;
  readonly restUrl: string;
  /** Topics of the data sets to use; all by default. */
  readonly only?: readonly string[];
}

/** Loads real data, reads it back through both doors and compares. Returns the number of differences. */
export async function runDemo(context: CliContext, target: DemoTarget): Promise<number> {
  const dataSets = await readDataSets(target.only);
  const records = dataSets.reduce((sum, set) => sum + set.records.length, 0);
  const group = `demo-${context.clock.now()}`;
  const wanted = { topics: dataSets.map((set) => set.topic), records, group };
  context.terminal.say(`${records.toLocaleString("en")} records of vega-datasets to ${target.bootstrap}`);
  await using client = await openClient(context, parseBootstrap(target.bootstrap), { clientId: "streambed-demo" });

  const expected = await loadAll(client, dataSets);
  const throughGroup = await timed("read through a consumer group", records, (progress) =>
    readThroughGroup(client, wanted, progress),
  );
  const throughRest = await timed("read through REST", records, (progress) =>
    readThroughRest(target.restUrl, wanted, progress),
  );
  return report(context, { dataSets, expected, group: throughGroup, rest: throughRest });
}

async function loadAll(client: Client, dataSets: readonly DataSet[]): Promise<Fingerprints> {
  const expected = new Map<string, Fingerprint>();
  for (const dataSet of dataSets) {
    const { topic, records } = dataSet;
    expected.set(topic, await timed(`load ${topic}`, records.length, (progress) => load(client, dataSet, progress)));
  }
  return expected;
}

async function timed<T>(label: string, total: number, run: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = new Progress(label, total);
  const result = await run(progress);
  progress.end();
  return result;
}

interface Findings {
  readonly dataSets: readonly DataSet[];
  readonly expected: Fingerprints;
  readonly group: Fingerprints;
  readonly rest: Fingerprints;
}

async function report(context: CliContext, { dataSets, expected, group, rest }: Findings): Promise<number> {
  const rows: (readonly (string | number)[])[] = [["TOPIC", "KEYED BY", "KEYS", "RECORDS", "BYTES", "GROUP", "REST"]];
  const differences: string[] = [];
  for (const { topic, keyedBy } of dataSets) {
    const wanted = expected.get(topic);
    if (wanted === undefined) continue;
    const verdicts = [["group", group] as const, ["REST", rest] as const].map(([door, found]) => {
      const wrong = found.get(topic)?.differencesFrom(wanted) ?? ["nothing was read"];
      differences.push(...wrong.map((text) => `${topic} through ${door}: ${text}`));
      return wrong.length === 0 ? "equal" : "DIFFERS";
    });
    rows.push([topic, keyedBy, wanted.keys, wanted.count, wanted.bytes, ...verdicts]);
  }
  await context.terminal.write(`\n${table(rows)}\n`);
  for (const difference of differences.slice(0, 20)) context.terminal.say(difference);
  const verdict =
    differences.length === 0
      ? "Every record came back through both doors: same counts, same content, each key in its order."
      : `${differences.length} differences.`;
  await context.terminal.write(`${verdict}\n`);
  return differences.length;
}
