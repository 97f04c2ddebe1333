import { ByteWriter, crc32c } from "@streambed/kernel";
import type { LogView } from "@streambed/log-storage";
import type { LogState } from "../../packages/log-storage/src/log-state.ts";
import { encodeState } from "../../packages/log-storage/src/state-codec.ts";

/** The fold behind a view: the view is the state itself, seen read-only. */
export function stateOf(view: LogView): LogState {
  return view as LogState;
}

/** A short text that differs when two folds differ in what matters most; cheap enough for every entry. */
export function quickDigest(state: LogState): string {
  const topics: string[] = [];
  for (const topic of state.topics.values()) {
    let text = `${topic.topicId} ${topic.configs.size}`;
    for (const partition of topic.partitions) {
      text += `,${partition.logStartOffset}-${partition.endOffset}:${partition.runs.length}:${partition.epochs.length}`;
      for (const [producerId, { batches }] of partition.producers)
        text += `;${producerId}=${batches.at(-1)?.lastSequence}@${batches.at(-1)?.baseOffset}`;
    }
    topics.push(text);
  }
  // A checkpoint keeps partitions in order, but not topics.
  const { epoch, owner, lastEntryId, timestampMs, nextProducerId } = state;
  return `${epoch} ${owner?.writerId} ${lastEntryId} ${timestampMs} ${nextProducerId}|${topics.sort().join("|")}`;
}

/** Checksum of all that a checkpoint would hold of the fold. */
export function fullDigest(state: LogState): number {
  const writer = new ByteWriter(4096);
  encodeState(writer, state);
  return crc32c(writer.finish());
}
