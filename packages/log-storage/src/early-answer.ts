import type { Draft } from "./draft.ts";
import type { BatchInput } from "./entry-codec.ts";
import type { BatchOutcome, LogState } from "./log-state.ts";
import { judgeSequence } from "./producer-window.ts";

/**
 * What a writer would answer that does not wait for the entries before its own: offsets as they will be if all goes
 * well. Only without the guard `ackInOrder`, to show that it is needed. Undefined where it takes more than a guess.
 */
export function guessOutcomes(state: LogState, before: readonly Draft[], draft: Draft): BatchOutcome[] | undefined {
  if (draft.commands.length > 0) return undefined;
  const ends = new Map<string, number>();
  const takeOffsets = (batch: BatchInput): number => {
    const key = `${batch.topicId}/${batch.partition}`;
    const baseOffset = ends.get(key) ?? state.partition(batch.topicId, batch.partition)?.endOffset ?? 0;
    ends.set(key, baseOffset + batch.recordCount);
    return baseOffset;
  };
  for (const { batches } of before) for (const batch of batches) takeOffsets(batch);
  return draft.batches.map((batch) => {
    const partition = state.partition(batch.topicId, batch.partition);
    const logStartOffset = partition?.logStartOffset ?? 0;
    const judged = batch.producerId < 0 ? undefined : judgeSequence(partition?.producers.get(batch.producerId), batch);
    if (judged?.verdict !== "duplicate") return { status: "appended", baseOffset: takeOffsets(batch), logStartOffset };
    const { baseOffset, timestampMs } = judged.batch;
    return { status: "duplicate", baseOffset, timestampMs, logStartOffset };
  });
}
