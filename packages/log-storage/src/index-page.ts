import { ByteReader, ByteWriter, malformed } from "@streambed/kernel";
import type { LogState } from "./log-state.ts";
import type { Run } from "./run-index.ts";

/** Bytes of one run in a page, at the least. */
const RUN_BYTES_MIN = 7;

/** The runs that entries above `from` added and that are still there. */
export function encodeIndexPage(state: LogState, from: number): readonly Uint8Array[] {
  const writer = new ByteWriter(4096);
  for (const topic of state.topics.values()) {
    for (const [number, partition] of topic.partitions.entries()) {
      const first = partition.runs.indexAfterSeq(from);
      const count = partition.runs.length - first;
      if (count === 0) continue;
      writer.uuid(topic.topicId);
      writer.unsignedVarint(number);
      writer.unsignedVarint(count);
      for (let index = first; index < partition.runs.length; index++) writeRun(writer, partition.runs.at(index));
    }
  }
  return writer.chunks();
}

function writeRun(writer: ByteWriter, run: Run | undefined): void {
  if (run === undefined) return;
  writer.varlong(run.baseOffset);
  writer.varlong(run.endOffset - run.baseOffset);
  writer.varlong(run.seq);
  writer.unsignedVarint(run.position);
  writer.unsignedVarint(run.length);
  writer.varlong(run.maxTimestampMs);
  writer.unsignedVarint(run.epoch);
}

/** Adds a page's runs to a state that was restored from the root listing it. Pages must come in order. */
export function addIndexPage(state: LogState, bytes: Uint8Array): void {
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0) {
    const topicId = reader.uuid();
    const partition = state.partition(topicId, reader.unsignedVarint());
    const count = reader.unsignedVarint();
    if (count > reader.remaining / RUN_BYTES_MIN)
      throw malformed(`An index page claims ${count} runs in ${reader.remaining} bytes`);
    for (let index = 0; index < count; index++) {
      const run = readRun(reader);
      // Runs of deleted topics and below the log start may still stand in older pages.
      if (partition !== undefined && run.endOffset > partition.logStartOffset) partition.runs.push(run);
    }
  }
}

function readRun(reader: ByteReader): Run {
  const baseOffset = reader.varlong();
  return {
    baseOffset,
    endOffset: baseOffset + reader.varlong(),
    seq: reader.varlong(),
    position: reader.unsignedVarint(),
    length: reader.unsignedVarint(),
    maxTimestampMs: reader.varlong(),
    epoch: reader.unsignedVarint(),
  };
}
