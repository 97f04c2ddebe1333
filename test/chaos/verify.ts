import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { FaultEvent } from "./faults.ts";

/** What a run amounts to. */
export interface Verdict {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly read: number;
  readonly problems: readonly string[];
  /** Longest time without an acknowledgement after each fault of an owner, milliseconds. */
  readonly gaps: readonly { readonly kind: FaultEvent["kind"]; readonly gapMs: number }[];
}

/** How long after a fault the gap it tore is looked for. */
const GAP_WINDOW_MS = 60_000;
const PROBLEMS_MAX = 50;

interface Acknowledged {
  readonly value: string;
  readonly partition: number;
  readonly offset: number;
}

/** Collects problems up to a number; the first ones say most. */
class Problems {
  readonly found: string[] = [];

  add(problem: string): void {
    if (this.found.length < PROBLEMS_MAX) this.found.push(problem);
  }
}

/** Reads what the clients wrote and says what was lost, doubled, reordered or skipped. */
export async function verify(
  files: { readonly producers: string; readonly consumers: string },
  partitions: number,
  events: readonly FaultEvent[],
): Promise<Verdict> {
  const problems = new Problems();
  const acknowledged: Acknowledged[] = [];
  const ackTimes: number[] = [];
  let unknown = 0;
  for await (const line of lines(files.producers)) {
    const [kind, producer, seq, partition, offset, ms] = line.split(" ");
    if (kind === "A") {
      acknowledged.push({ value: `${producer}:${seq}`, partition: Number(partition), offset: Number(offset) });
      ackTimes.push(Number(ms));
    } else if (kind === "U") unknown++;
    else problems.add(line);
  }
  const stored = await readEverything(files.consumers, partitions, problems);
  for (const { value, partition, offset } of acknowledged) {
    const found = stored[partition]?.[offset];
    if (found !== value)
      problems.add(`acknowledged ${value} at ${partition}:${offset}, but there is ${found ?? "nothing"}`);
  }
  checkOrder(stored, problems);
  const read = stored.reduce((sum, values) => sum + values.length, 0);
  const gaps = events.flatMap((event, at) =>
    event.wasOwner ? [{ kind: event.kind, gapMs: gapAfter(event, events[at + 1], ackTimes) }] : [],
  );
  return { acknowledged: acknowledged.length, unknown, read, problems: problems.found, gaps };
}

/** The log by partition, as all readers saw it; readers that disagree, skip or go back are problems. */
async function readEverything(file: string, partitions: number, problems: Problems): Promise<string[][]> {
  const stored: string[][] = Array.from({ length: partitions }, () => []);
  const positions = new Map<string, number>();
  const inGroups: Set<number>[] = Array.from({ length: partitions }, () => new Set());
  for await (const line of lines(file)) {
    const [kind, consumer, partition, offset, value = ""] = line.split(" ");
    if (kind !== "R" && kind !== "G") {
      problems.add(line);
      continue;
    }
    const values = stored[Number(partition)];
    const at = Number(offset);
    if (values === undefined) continue;
    const known = values[at];
    if (known !== undefined && known !== value) problems.add(`${partition}:${at} was read as ${known} and as ${value}`);
    values[at] = value;
    if (kind === "G") {
      inGroups[Number(partition)]?.add(at);
      continue;
    }
    const reader = `${consumer}/${partition}`;
    const expected = positions.get(reader) ?? 0;
    if (at !== expected) problems.add(`consumer ${consumer} came from ${partition}:${expected - 1} to ${at}`);
    positions.set(reader, at + 1);
  }
  for (const [partition, values] of stored.entries()) {
    const seen = inGroups[partition]?.size ?? 0;
    if (seen !== values.length)
      problems.add(`the group has read ${seen} of ${values.length} records of partition ${partition}`);
    for (const [reader, position] of positions)
      if (reader.endsWith(`/${partition}`) && position !== values.length)
        problems.add(`consumer ${reader} ended at ${position} of ${values.length}`);
  }
  return stored;
}

/** Records of an idempotent producer stand once and in the order in which it sent them. */
function checkOrder(stored: readonly (readonly string[])[], problems: Problems): void {
  for (const [partition, values] of stored.entries()) {
    const last = new Map<string, number>();
    for (const [offset, value] of values.entries()) {
      if (value === undefined) {
        problems.add(`nobody has read ${partition}:${offset}`);
        continue;
      }
      const [producer = "", seq] = value.split(":");
      const before = last.get(producer) ?? -1;
      if (Number(seq) <= before) problems.add(`${partition}:${offset} holds ${value} behind ${producer}:${before}`);
      last.set(producer, Number(seq));
    }
  }
}

/**
 * The longest time without an acknowledgement between a fault and the next one. `ackTimes` is sorted up to a few
 * milliseconds.
 */
function gapAfter({ startedMs }: FaultEvent, next: FaultEvent | undefined, ackTimes: readonly number[]): number {
  const untilMs = Math.min(startedMs + GAP_WINDOW_MS, next?.startedMs ?? Infinity);
  let longest = 0;
  let previous: number | undefined;
  for (const ms of ackTimes) {
    if (ms > untilMs) break;
    if (ms >= startedMs) longest = Math.max(longest, ms - Math.max(previous ?? startedMs, startedMs));
    previous = ms;
  }
  return longest;
}

async function* lines(file: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) yield line;
}
