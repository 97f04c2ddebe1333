import { concatBytes, malformed } from "@streambed/kernel";
import { splitBatches } from "@streambed/protocol";
import type { Segments } from "./pack-blocks.ts";

const LENGTH_END = 12;

/** Batches that were found, and the bytes of the one that was cut off at the end. */
export interface BatchesOfSegments {
  readonly batches: readonly Uint8Array[];
  /** Length of the batch at the end of which only a part is there, as far as it is known; 0: none is cut. */
  readonly cutBytes: number;
}

/** Cuts batches out of consecutive segments. Only a batch that lies across a border is copied. */
export function batchesOf(segments: Segments): BatchesOfSegments {
  const found: Uint8Array[] = [];
  let rest: Uint8Array = new Uint8Array(0);
  for (const segment of segments) {
    const behind = rest.length === 0 ? segment : finishCut(rest, segment, found);
    if (behind === undefined) {
      rest = concatBytes([rest, segment]);
      continue;
    }
    const split = splitBatches(behind);
    for (const batch of split.batches) found.push(batch);
    ({ rest } = split);
  }
  return { batches: found, cutBytes: rest.length === 0 ? 0 : sizeOf(rest) };
}

/** Puts a cut batch together with its end. Returns what is left of the segment, or undefined when it still is cut. */
function finishCut(rest: Uint8Array, segment: Uint8Array, found: Uint8Array[]): Uint8Array | undefined {
  const head = rest.length >= LENGTH_END ? rest : concatBytes([rest, segment.subarray(0, LENGTH_END)]);
  const missing = sizeOf(head) - rest.length;
  if (head.length < LENGTH_END || missing > segment.length) return undefined;
  if (missing <= 0) throw malformed("A record batch is shorter than its header");
  found.push(concatBytes([rest, segment.subarray(0, missing)]));
  return segment.subarray(missing);
}

/** Length of a batch by its first bytes; that of its shortest beginning when even its length is cut off. */
function sizeOf(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_END) return LENGTH_END;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(8) + LENGTH_END;
}
