import { hasCode, StreambedError } from "@streambed/kernel";
import { decodeBatchHeader } from "@streambed/protocol";
import { inParallel } from "../../in-parallel.ts";
import { entryKey, packKey } from "../../keys.ts";
import { PACK_BLOCK_BYTES, PACK_BLOCKS_PER_GET_MAX } from "../../limits.ts";
import type { LogState } from "../../log-state.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { packOfSource } from "../../run-index.ts";
import { SequentialReader } from "../sequential-reader.ts";
import { scrubEntryHeads, scrubPackHead } from "./heads.ts";
import { addFinding, type ScrubReport } from "./report.ts";
import { recordsOf, type Row } from "./rows.ts";

const BLOCK_BYTES = PACK_BLOCK_BYTES * PACK_BLOCKS_PER_GET_MAX;

/** What a deep scrub reads. */
export interface DeepScrub {
  readonly store: ObjectStore;
  readonly shard: number;
  readonly state: LogState;
  readonly sources: ReadonlyMap<number, readonly Row[]>;
  /** Objects that are read at the same time. */
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/** Reads every row of every object, block by block, and checks each batch and what stands around them. */
export async function scrubBytes(deep: DeepScrub, report: ScrubReport): Promise<void> {
  await scrubEntryHeads(deep, report);
  await inParallel([...deep.sources], deep.concurrency, async ([source, rows]) => {
    deep.signal?.throwIfAborted();
    const number = packOfSource(source);
    const pack = number === undefined ? undefined : deep.state.packs.get(number);
    const key = pack === undefined ? entryKey(deep.shard, source) : packKey(deep.shard, pack);
    if (pack !== undefined) await scrubPackHead(deep, { key, pack, rows }, report);
    await scrubObject(deep, { key, rows, isPack: pack !== undefined }, report);
  });
}

async function scrubObject(
  { store }: DeepScrub,
  { key, rows, isPack }: { key: string; rows: readonly Row[]; isPack: boolean },
  report: ScrubReport,
): Promise<void> {
  const end = Math.max(...rows.map(({ run }) => run.position + run.length));
  const read = async (range: { offset: number; length: number }): Promise<Uint8Array | undefined> => {
    const answer = await store.get(key, { range });
    return answer.found ? answer.bytes : undefined;
  };
  const reader = new SequentialReader({ name: key, read, end, isPack }, BLOCK_BYTES);
  for (const row of rows) {
    try {
      const problem = await scrubRow(reader, row, { isPack, report });
      if (problem === undefined) continue;
      addFinding(report, { problem: "batch-damaged", key, message: problem, records: recordsOf(row) });
    } catch (error) {
      // Missing objects were found before; a store that does not answer is no damage.
      if (hasCode(error, "HOUSEKEEPING_INPUT_GONE")) return;
      if (!isDamage(error)) throw error;
      addFinding(report, { problem: "batch-damaged", key, message: error.message, records: recordsOf(row) });
    }
  }
}

/** In a batch that is stored, another magic is no mistake of a client. */
function isDamage(error: unknown): error is StreambedError {
  return (error instanceof StreambedError && error.kind === "corrupt") || hasCode(error, "UNSUPPORTED_MAGIC");
}

/** What is wrong with the first bad batch of a row; the reader has checked heads and checksums. In entries batches are as the producer sent them. */
async function scrubRow(
  reader: SequentialReader,
  { run }: Row,
  { isPack, report }: { isPack: boolean; report: ScrubReport },
): Promise<string | undefined> {
  let next = run.baseOffset;
  for await (const batch of reader.batches({ offset: run.position, length: run.length })) {
    const header = decodeBatchHeader(batch);
    const baseOffset = isPack ? header.baseOffset : next;
    report.batches++;
    if (baseOffset < next) return `The batch at offset ${baseOffset} comes after offset ${next - 1}.`;
    next = baseOffset + header.lastOffsetDelta + 1;
    if (next > run.endOffset) return `The batch at offset ${baseOffset} reaches beyond the end of its run.`;
  }
  if (!isPack && next !== run.endOffset) return `Records from offset ${next} on are missing.`;
  return undefined;
}
