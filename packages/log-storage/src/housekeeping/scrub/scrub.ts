import { hasCode, messageOf } from "@streambed/kernel";
import { checkpointReferences } from "../../checkpoint-root.ts";
import {
  checkpointPrefix,
  checkpointRootKey,
  entryKey,
  logPrefix,
  packKey,
  packPrefix,
  pointerKey,
  seqOfCheckpointKey,
  seqOfEntryKey,
} from "../../keys.ts";
import type { LogState } from "../../log-state.ts";
import type { ObjectInfo, ObjectStore } from "../../ports/object-store.ts";
import { packOfSource } from "../../run-index.ts";
import { listAll } from "../objects.ts";
import { scrubBytes } from "./deep.ts";
import { type FoldedShard, foldShard, type ScrubSource } from "./fold-log.ts";
import { addFinding, addObject, emptyReport, type ScrubReport } from "./report.ts";
import { areRowsComplete, recordsOf, type Row, rowsBySource } from "./rows.ts";

const READS_AT_ONCE = 8;

/** What {@link scrubShard} takes. Entries must be objects of the store. */
export interface ScrubOptions extends Omit<ScrubSource, "log"> {
  /** Also reads every batch: as many bytes as there are. Default false. */
  readonly deep?: boolean;
  /** Objects read at the same time in deep mode. Default 8. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/**
 * Proves that a shard is complete: folds it as a process that starts now would, checks the rolling checksum of its
 * rows, and that every object in which rows lie is there; deep, also every batch. Writes nothing, so it may run beside
 * brokers. What it calls missing it has looked for twice, because brokers replace and delete objects meanwhile.
 */
export async function scrubShard(options: ScrubOptions): Promise<ScrubReport> {
  const first = await scrubOnce(options);
  if (first.isComplete) return first;
  options.signal?.throwIfAborted();
  return scrubOnce(options);
}

async function scrubOnce(options: ScrubOptions): Promise<ScrubReport> {
  const { store, shard = 0, deep: isDeep = false, signal, concurrency = READS_AT_ONCE } = options;
  const report = emptyReport(shard, isDeep);
  const folded = await foldOrReport(options, report);
  if (folded === undefined) return report;
  const { state } = folded;
  const sources = rowsBySource(state);
  describe(report, folded, sources);
  if (!areRowsComplete(state, sources)) {
    const message = "The rows of the index do not have the checksum that the log says they have.";
    addFinding(report, { problem: "rows-incomplete", key: pointerKey(shard), message });
  }
  signal?.throwIfAborted();
  const sizes = new Map<string, number>();
  await scrubEntries(store, { report, state, sizes });
  await scrubPacks(store, { report, state, sizes });
  await scrubCheckpoints(store, report);
  checkRows(report, { state, sources, sizes });
  if (isDeep) await scrubBytes({ store, shard, state, sources, concurrency, signal }, report);
  return report;
}

async function foldOrReport(options: ScrubOptions, report: ScrubReport): Promise<FoldedShard | undefined> {
  try {
    return await foldShard(options);
  } catch (error) {
    if (!hasCode(error, "LOG_DAMAGED") && !hasCode(error, "MALFORMED_BYTES")) throw error;
    addFinding(report, { problem: "log-unreadable", key: pointerKey(report.shard), message: messageOf(error) });
    return undefined;
  }
}

function describe(report: ScrubReport, folded: FoldedShard, sources: ReadonlyMap<number, readonly Row[]>): void {
  const { state, pointer, checkpointSeq } = folded;
  report.checkpointSeq = checkpointSeq;
  report.tailSeq = state.seq;
  report.gcFloor = pointer.pointer?.gcFloor ?? -1;
  report.topics = state.topics.size;
  for (const { partitions } of state.topics.values()) report.partitions += partitions.length;
  for (const rows of sources.values()) {
    report.rows += rows.length;
    for (const { run } of rows) report.rowBytes += run.length;
  }
}

/** What a look at one kind of objects needs. */
interface Look {
  readonly report: ScrubReport;
  readonly state: LogState;
  /** Size of every object that was listed, by key. */
  readonly sizes: Map<string, number>;
}

async function scrubEntries(store: ObjectStore, { report, state, sizes }: Look): Promise<void> {
  const { shard, gcFloor } = report;
  for (const object of await listAll(store, logPrefix(shard))) {
    sizes.set(object.key, object.size);
    addObject((seqOfEntryKey(shard, object.key) ?? -1) <= gcFloor ? report.garbage : report.entries, object);
  }
  for (let seq = gcFloor + 1; seq <= state.seq; seq++) {
    const key = entryKey(shard, seq);
    if (sizes.has(key)) continue;
    addFinding(report, {
      problem: "entry-missing",
      key,
      message: `Entry ${seq} is missing above the floor ${gcFloor}.`,
    });
  }
  const beyond = [...sizes.keys()].some((key) => (seqOfEntryKey(shard, key) ?? -1) > state.seq + 1);
  if (beyond && !sizes.has(entryKey(shard, state.seq + 1))) {
    const key = entryKey(shard, state.seq + 1);
    addFinding(report, {
      problem: "entry-missing",
      key,
      message: `Entry ${state.seq + 1} is missing, later ones exist.`,
    });
  }
}

async function scrubPacks(store: ObjectStore, { report, state, sizes }: Look): Promise<void> {
  const { shard } = report;
  const live = new Set([...state.packs.values()].map((pack) => packKey(shard, pack)));
  const retired = new Set([...state.retiredPacks.values()].map((pack) => packKey(shard, pack)));
  for (const object of await listAll(store, packPrefix(shard))) {
    sizes.set(object.key, object.size);
    const total = live.has(object.key) ? report.packs : retired.has(object.key) ? report.garbage : report.orphans;
    addObject(total, object);
  }
}

async function scrubCheckpoints(store: ObjectStore, report: ScrubReport): Promise<void> {
  const { shard, checkpointSeq } = report;
  const objects = await listAll(store, checkpointPrefix(shard));
  if (checkpointSeq < 0) return;
  const references = await checkpointReferences(store, shard, checkpointSeq);
  const needed = new Set(references);
  for (const object of objects) {
    const isNewer = (seqOfCheckpointKey(shard, object.key) ?? -1) > checkpointSeq;
    addObject(needed.has(object.key) || isNewer ? report.checkpoints : report.garbage, object);
  }
  const present = new Set(objects.map(({ key }: ObjectInfo) => key));
  const missing = references?.filter((key) => !present.has(key)) ?? [checkpointRootKey(shard, checkpointSeq)];
  for (const key of missing) {
    addFinding(report, {
      problem: "checkpoint-incomplete",
      key,
      message: "A part of the newest checkpoint is missing.",
    });
  }
}

/** Every row must lie inside an object that is there. */
function checkRows(
  report: ScrubReport,
  {
    state,
    sources,
    sizes,
  }: { state: LogState; sources: ReadonlyMap<number, readonly Row[]>; sizes: ReadonlyMap<string, number> },
): void {
  for (const [source, rows] of sources) {
    const number = packOfSource(source);
    const pack = number === undefined ? undefined : state.packs.get(number);
    const key = pack === undefined ? entryKey(report.shard, source) : packKey(report.shard, pack);
    const size = sizes.get(key);
    const bytes = pack?.bytes ?? Math.max(...rows.map(({ run }) => run.position + run.length));
    if (size !== undefined && size >= bytes) continue;
    const problem = size === undefined ? "object-missing" : "object-short";
    const message = size === undefined ? "The object is missing." : `The object has ${size} bytes instead of ${bytes}.`;
    for (const row of rows) addFinding(report, { problem, key, message, records: recordsOf(row) });
  }
}
