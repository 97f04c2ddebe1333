import { equalBytes, hasCode, messageOf } from "@streambed/kernel";
import { hasPlainPrefix } from "../../entry-codec.ts";
import { inParallel } from "../../in-parallel.ts";
import { entryKey } from "../../keys.ts";
import { objectLogStore } from "../../object-log-store.ts";
import { decodeFooter, packHeader, PACK_HEADER_BYTES, partAt } from "../../pack-footer.ts";
import type { Pack } from "../../pack-table.ts";
import { readHeader } from "../../tail-reader.ts";
import type { DeepScrub } from "./deep.ts";
import { addFinding, type ScrubReport } from "./report.ts";
import type { Row } from "./rows.ts";

/** Reads the header section of each entry above the floor: a start without checkpoints needs them all. */
export async function scrubEntryHeads(deep: DeepScrub, report: ScrubReport): Promise<void> {
  const { store, shard, state, concurrency, signal } = deep;
  const log = objectLogStore(store, shard);
  const first = report.gcFloor + 1;
  const seqs = Array.from({ length: Math.max(state.seq - report.gcFloor, 0) }, (_, at) => first + at);
  await inParallel(seqs, concurrency, async (seq) => {
    signal?.throwIfAborted();
    await orHeaderDamaged(report, entryKey(shard, seq), async () => {
      // Missing ones were found before.
      const { entry } = await readHeader(log, seq);
      if (entry === undefined || hasPlainPrefix(entry.section)) return undefined;
      return "Flags or reserved bytes at the start of the entry are set.";
    });
  });
}

/** Reads the first bytes and the footer of a pack. */
export async function scrubPackHead(
  { store }: DeepScrub,
  { key, pack, rows }: { readonly key: string; readonly pack: Pack; readonly rows: readonly Row[] },
  report: ScrubReport,
): Promise<void> {
  await orHeaderDamaged(report, key, async () => {
    const head = await store.get(key, { range: { offset: 0, length: PACK_HEADER_BYTES } });
    if (head.found && !equalBytes(head.bytes, packHeader())) return "The first bytes are not those of a pack.";
    return undefined;
  });
  await orHeaderDamaged(report, key, async () => {
    const range = { offset: pack.footerPosition, length: pack.bytes - pack.footerPosition };
    const answer = await store.get(key, { range });
    if (!answer.found) return undefined;
    const parts = decodeFooter(answer.bytes, pack.footerPosition);
    const isIndexed = rows.every(({ run }) => partAt(parts, run.position)?.length === run.length);
    return isIndexed ? undefined : "The footer lacks a part in which records lie.";
  });
}

async function orHeaderDamaged(
  report: ScrubReport,
  key: string,
  examine: () => Promise<string | undefined>,
): Promise<void> {
  const message = await examine().catch((error: unknown) => {
    if (!hasCode(error, "LOG_DAMAGED") && !hasCode(error, "MALFORMED_BYTES")) throw error;
    return messageOf(error);
  });
  if (message !== undefined) addFinding(report, { problem: "header-damaged", key, message });
}
