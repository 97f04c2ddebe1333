import { packKey } from "../keys.ts";
import type { Pack } from "../pack-table.ts";
import type { HousekeepingContext } from "./context.ts";
import { inputGone, SequentialReader } from "./sequential-reader.ts";

/** Which pack is read, and up to where. */
export interface PackExtent {
  readonly source: number;
  /** As the fold knows it; undefined when it was replaced since the plan was made. */
  readonly pack: Pack | undefined;
  readonly end: number;
}

/** Reads a pack from front to back. */
export function packReader(
  { internals, breather }: HousekeepingContext,
  { source, pack, end }: PackExtent,
  blockBytes: number,
): SequentialReader {
  if (pack === undefined) throw inputGone(`Pack ${-1 - source}`);
  const key = packKey(internals.shard, pack);
  const read = async (range: { offset: number; length: number }): Promise<Uint8Array | undefined> => {
    const answer = await internals.store.get(key, { range });
    return answer.found ? answer.bytes : undefined;
  };
  return new SequentialReader({ name: key, read, end, isPack: true, breather }, blockBytes);
}
