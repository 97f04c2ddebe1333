import { entryKey, packKey, packPrefix, pointerKey } from "../../keys.ts";
import type { LogState } from "../../log-state.ts";
import { packOfSource } from "../../run-index.ts";
import { listAll } from "../objects.ts";
import { scrubCheckpoints } from "./checkpoints.ts";
import { scrubBytes } from "./deep.ts";
import { scrubEntries } from "./entries.ts";
import { type FoldedShard, foldShard, type ScrubSource } from "./fold-log.ts";
import type { Look } from "./look.ts";
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
 * Proves that a shard is complete up to its last entry: folds it as a process that starts now would, checks the rolling
 * checksum of its rows, that every object in which rows lie is there and that checkpoints can be read; deep, also every
 * batch. Writes nothing, so it may run beside brokers. What it calls missing it has looked for twice, because brokers
 * replace and delete objects meanwhile.
 *
 * A log whose newest entries were removed looks like one that ended earlier, unless a checkpoint or the pointer knows
 * of them.
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
  const folded = await foldShard(options);
  const { state } = folded;
  const sources = rowsBySource(state);
  describe(report, folded, sources);
  if (!areRowsComplete(state, sources)) {
    const message = "The rows of the index do not have the checksum that the log says they have.";
    addFinding(report, { problem: "rows-incomplete", key: pointerKey(shard), message });
  }
  signal?.throwIfAborted();
  const sizes = new Map<string, number>();
  const look = { store, report, folded, sizes };
  // Before the entries: one that is written meanwhile must not look as if it were missing before its checkpoint.
  const newestCheckpointSeq = await scrubCheckpoints(look, concurrency);
  await scrubEntries(look, newestCheckpointSeq);
  await scrubPacks(look);
  checkRows(report, { state, sources, sizes });
  if (isDeep) await scrubBytes({ store, shard, state, sources, concurrency, signal }, report);
  return report;
}

function describe(report: ScrubReport, folded: FoldedShard, sources: ReadonlyMap<number, readonly Row[]>): void {
  const { state, checkpointSeq, gcFloor } = folded;
  report.checkpointSeq = checkpointSeq;
  report.tailSeq = state.seq;
  report.gcFloor = gcFloor;
  report.topics = state.topics.size;
  for (const { partitions } of state.topics.values()) report.partitions += partitions.length;
  for (const rows of sources.values()) {
    report.rows += rows.length;
    for (const { run } of rows) report.rowBytes += run.length;
  }
}

async function scrubPacks({ store, report, folded: { state }, sizes }: Look): Promise<void> {
  const { shard } = report;
  const live = new Set([...state.packs.values()].map((pack) => packKey(shard, pack)));
  const retired = new Set([...state.retiredPacks.values()].map((pack) => packKey(shard, pack)));
  for (const object of await listAll(store, packPrefix(shard))) {
    sizes.set(object.key, object.size);
    const total = live.has(object.key) ? report.packs : retired.has(object.key) ? report.garbage : report.orphans;
    addObject(total, object);
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
