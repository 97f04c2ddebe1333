import type { LogState } from "../../log-state.ts";
import type { Partition, Topic } from "../../partition.ts";
import type { Run } from "../../run-index.ts";
import { RowSum } from "../../row-sum.ts";
import type { ScrubFinding } from "./report.ts";

/** A row and whose it is. */
export interface Row {
  readonly topic: Topic;
  readonly partition: Partition;
  readonly run: Run;
}

/** All rows by the object that they lie in, each list in the order of positions. */
export function rowsBySource(state: LogState): Map<number, Row[]> {
  const sources = new Map<number, Row[]>();
  for (const topic of state.topics.values()) {
    for (const partition of topic.partitions) {
      for (let index = 0; ; index++) {
        const run = partition.runs.at(index);
        if (run === undefined) break;
        const rows = sources.get(run.source);
        if (rows === undefined) sources.set(run.source, [{ topic, partition, run }]);
        else rows.push({ topic, partition, run });
      }
    }
  }
  for (const rows of sources.values()) rows.sort((left, right) => left.run.position - right.run.position);
  return sources;
}

/** True when the rows have the checksum that the fold kept rolling: none is missing, none too many. */
export function areRowsComplete(state: LogState, sources: ReadonlyMap<number, readonly Row[]>): boolean {
  const sum = new RowSum();
  for (const rows of sources.values()) for (const { partition, run } of rows) sum.add(partition.salt, run);
  const [walked, kept] = [sum.value, state.rows.sum.value];
  return walked.low === kept.low && walked.high === kept.high;
}

/** The records of a row, for a finding. */
export function recordsOf({ topic, partition, run }: Row): NonNullable<ScrubFinding["records"]> {
  const { baseOffset, endOffset } = run;
  return { topicId: topic.topicId, topic: topic.name, partition: partition.number, baseOffset, endOffset };
}
