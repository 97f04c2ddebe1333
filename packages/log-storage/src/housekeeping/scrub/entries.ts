import { entryKey, logPrefix, seqOfEntryKey } from "../../keys.ts";
import { listAll } from "../objects.ts";
import type { Look } from "./look.ts";
import { addFinding, addObject } from "./report.ts";

/** Counts entries and names those that are damaged or missing; `newestCheckpointSeq` shows how far the log went, too. */
export async function scrubEntries(look: Look, newestCheckpointSeq: number): Promise<void> {
  const { store, report, folded, sizes } = look;
  const { shard, gcFloor } = report;
  let newestSeq = Math.max(newestCheckpointSeq, gcFloor);
  for (const object of await listAll(store, logPrefix(shard))) {
    const seq = seqOfEntryKey(shard, object.key) ?? -1;
    newestSeq = Math.max(newestSeq, seq);
    sizes.set(object.key, object.size);
    addObject(seq <= gcFloor ? report.garbage : report.entries, object);
  }
  for (const { seq, message } of folded.damages) {
    addFinding(report, { problem: "log-unreadable", key: entryKey(shard, seq), message });
  }
  for (let seq = gcFloor + 1; seq <= folded.state.seq; seq++) {
    addMissing(look, seq, `Entry ${seq} is missing above the floor ${gcFloor}.`);
  }
  const next = folded.state.seq + 1;
  if (newestSeq >= next) addMissing(look, next, `Entry ${next} is missing, but the log went on to ${newestSeq}.`);
}

function addMissing({ report, sizes }: Look, seq: number, message: string): void {
  const key = entryKey(report.shard, seq);
  if (!sizes.has(key)) addFinding(report, { problem: "entry-missing", key, message });
}
