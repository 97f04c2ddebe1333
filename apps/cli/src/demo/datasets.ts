import { readFile } from "node:fs/promises";
import type { ProducerRecord } from "@streambed/client";
import { utf8 } from "@streambed/kernel";

/** A data set as records of one topic. */
export interface DataSet {
  readonly topic: string;
  /** What decides the partition, for people. */
  readonly keyedBy: string;
  readonly records: readonly ProducerRecord[];
}

/** One row as text of its key and its value. */
interface Row {
  readonly key: string;
  readonly value: string;
}

const FOLDER = new URL("../data/", import.meta.resolve("vega-datasets"));

interface Source {
  readonly topic: string;
  readonly keyedBy: string;
  readonly rows: () => Promise<readonly Row[]>;
}

const SOURCES: readonly Source[] = [
  { topic: "earthquakes", keyedBy: "place", rows: earthquakes },
  { topic: "stocks", keyedBy: "symbol", rows: async () => csvRows(await text("stocks.csv"), "symbol") },
  {
    topic: "bird-strikes",
    keyedBy: "carrier",
    rows: async () => csvRows(await text("birdstrikes.csv"), "Aircraft Airline Operator"),
  },
  { topic: "flights", keyedBy: "origin airport", rows: async () => jsonRows(await text("flights-20k.json"), "origin") },
  {
    topic: "flight-delays",
    keyedBy: "route length",
    rows: async () => jsonRows(await text("flights-200k.json"), "distance"),
  },
];

/**
 * Real data of the npm package vega-datasets, 232,267 records. Its large flight files name no airline, so the big one
 * is keyed by the length of its route, the smaller one by origin; the carrier is the key of the bird strikes.
 *
 * @param only topics of the data sets to read; all by default
 */
export function readDataSets(only?: readonly string[]): Promise<readonly DataSet[]> {
  const chosen = SOURCES.filter(({ topic }) => only === undefined || only.includes(topic));
  return Promise.all(chosen.map(readDataSet));
}

async function readDataSet({ topic, keyedBy, rows }: Source): Promise<DataSet> {
  const source = { key: "source", value: utf8("vega-datasets") };
  const records = (await rows()).map(({ key, value }, row) => ({
    key: utf8(key),
    value: utf8(value),
    headers: [source, { key: "row", value: utf8(String(row)) }],
  }));
  return { topic, keyedBy, records };
}

function text(name: string): Promise<string> {
  return readFile(new URL(name, FOLDER), "utf8");
}

async function earthquakes(): Promise<readonly Row[]> {
  const parsed: unknown = JSON.parse(await text("earthquakes.json"));
  return arrayOf(member(parsed, "features")).map((feature) => ({
    key: String(member(member(feature, "properties"), "place")),
    value: JSON.stringify(feature),
  }));
}

function jsonRows(json: string, keyName: string): readonly Row[] {
  const parsed: unknown = JSON.parse(json);
  return arrayOf(parsed).map((row) => ({ key: String(member(row, keyName)), value: JSON.stringify(row) }));
}

/** The files used here quote no field; a row that does not fit its head would show that this has changed. */
function csvRows(csv: string, keyName: string): readonly Row[] {
  const [head = "", ...lines] = csv.trimEnd().split(/\r?\n/);
  const names = head.split(",");
  const keyAt = names.indexOf(keyName);
  return lines.map((line, at) => {
    const fields = line.split(",");
    if (fields.length !== names.length)
      throw new Error(`Row ${at + 2} has ${fields.length} fields, its head ${names.length}`);
    const value = Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ""]));
    return { key: fields[keyAt] ?? "", value: JSON.stringify(value) };
  });
}

function arrayOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("A data file is not a list");
  return value;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) {
    throw new TypeError(`A row has no ${name}`);
  }
  // The line above has made sure that it is there.
  return (value as { readonly [name: string]: unknown })[name];
}
