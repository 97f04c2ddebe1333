import { malformed, utf8 } from "@streambed/kernel";
import type { ByteReader, ByteWriter } from "@streambed/kernel";
import { PARTITIONS_PER_PAGE, PARTITIONS_PER_TOPIC_MAX } from "./limits.ts";
import type { LogState } from "./log-state.ts";
import { configsOf, newPartition, noteEpoch, rememberProducer } from "./partition.ts";
import type { Partition, Topic } from "./partition.ts";
import type { ProducerWindow } from "./producer-window.ts";
import type { Run } from "./run-index.ts";

/*
 * One page of a checkpoint: the partitions of 256 slots in slot order, with their runs. What is known about a topic as
 * a whole stands before its partition 0. Everything follows from the fold, so every process writes the same bytes.
 */

/** Bytes of one partition, run, producer and epoch in a page, at the least. */
const PARTITION_BYTES_MIN = 10;
const RUN_BYTES_MIN = 7;
const PRODUCER_BYTES_MIN = 4;
const EPOCH_BYTES_MIN = 2;

/** Writes the partitions of a page. */
export function encodePage(writer: ByteWriter, state: LogState, page: number): void {
  const partitions = state.rows.partitions.page(page);
  const topics = new Map<string, number>();
  for (const { topicId } of partitions) if (!topics.has(topicId)) topics.set(topicId, topics.size);
  writer.unsignedVarint(topics.size);
  for (const topicId of topics.keys()) writer.uuid(topicId);
  writer.unsignedVarint(partitions.length);
  for (const partition of partitions) {
    writer.unsignedVarint(topics.get(partition.topicId) ?? 0);
    writer.unsignedVarint(partition.number);
    const topic = partition.number === 0 ? state.topics.get(partition.topicId) : undefined;
    if (topic !== undefined) writeTopic(writer, topic);
    writePartition(writer, partition);
  }
}

function writeTopic(writer: ByteWriter, topic: Topic): void {
  writeText(writer, topic.name);
  writer.unsignedVarint(topic.partitions.length);
  writer.unsignedVarint(topic.configs.size);
  for (const [name, value] of topic.configs) {
    writeText(writer, name);
    writeText(writer, value);
  }
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = utf8(text);
  writer.unsignedVarint(bytes.length);
  writer.bytes(bytes);
}

function writePartition(writer: ByteWriter, partition: Partition): void {
  writer.unsignedVarint(partition.slot % PARTITIONS_PER_PAGE);
  writer.varlong(partition.logStartOffset);
  writer.varlong(partition.endOffset);
  writer.varlong(partition.revision);
  writer.varlong(partition.cleanedOffset);
  writer.unsignedVarint(partition.epochs.length);
  for (const { epoch, startOffset } of partition.epochs) {
    writer.unsignedVarint(epoch);
    writer.varlong(startOffset);
  }
  writer.unsignedVarint(partition.producers.size);
  for (const [producerId, window] of partition.producers) {
    writer.varlong(producerId);
    writeWindow(writer, window);
  }
  writeRuns(writer, partition);
}

function writeWindow(writer: ByteWriter, window: ProducerWindow): void {
  writer.unsignedVarint(window.epoch);
  writer.varlong(window.writtenMs);
  writer.unsignedVarint(window.batches.length);
  for (const batch of window.batches) {
    writer.unsignedVarint(batch.firstSequence);
    writer.unsignedVarint(batch.lastSequence);
    writer.varlong(batch.baseOffset);
    writer.varlong(batch.timestampMs);
  }
}

/** Differences to the run before are small numbers, and small numbers are short and quick to write. */
function writeRuns(writer: ByteWriter, { runs }: Partition): void {
  writer.unsignedVarint(runs.length);
  let before: Run = NO_RUN;
  for (let index = 0; index < runs.length; index++) {
    const run = runs.at(index) ?? NO_RUN;
    writer.varlong(run.baseOffset - before.endOffset);
    writer.varlong(run.endOffset - run.baseOffset);
    writer.varlong(run.source - before.source);
    writer.unsignedVarint(run.position);
    writer.unsignedVarint(run.length);
    writer.varlong(run.maxTimestampMs - before.maxTimestampMs);
    writer.unsignedVarint(run.epoch);
    before = run;
  }
}

const NO_RUN: Run = { baseOffset: 0, endOffset: 0, source: 0, position: 0, length: 0, maxTimestampMs: 0, epoch: 0 };

/** A topic that is being put together: its partitions may lie in several pages. */
interface PartialTopic {
  readonly partitions: Partition[];
  found: number;
  /** What stands before partition 0. */
  about: { readonly name: string; readonly count: number; readonly configs: Map<string, string> } | undefined;
}

/** Puts the topics of a checkpoint together from its pages, which may come in any order. */
export class PageLoader {
  readonly #state: LogState;
  readonly #topics = new Map<string, PartialTopic>();

  constructor(state: LogState) {
    this.#state = state;
  }

  /** Reads a page that was written by the checkpoint at `seq`. */
  add(reader: ByteReader, page: number, seq: number): void {
    const topicCount = count(reader, reader.remaining / 16);
    const topicIds = Array.from({ length: topicCount }, () => reader.uuid());
    const partitionCount = count(reader, Math.min(PARTITIONS_PER_PAGE, reader.remaining / PARTITION_BYTES_MIN));
    for (let index = 0; index < partitionCount; index++) {
      const topicId = topicIds[reader.unsignedVarint()];
      if (topicId === undefined) throw malformed("A page names a topic that is not in its table");
      const partition = newPartition(topicId, count(reader, PARTITIONS_PER_TOPIC_MAX));
      const topic = this.#topic(topicId);
      if (topic.partitions[partition.number] !== undefined) throw malformed("Two pages hold the same partition");
      topic.partitions[partition.number] = partition;
      topic.found++;
      if (partition.number === 0) topic.about = readTopic(reader);
      const slot = page * PARTITIONS_PER_PAGE + count(reader, PARTITIONS_PER_PAGE - 1);
      this.#state.rows.partitions.place(partition, slot, seq);
      this.#readPartition(reader, partition);
    }
  }

  #topic(topicId: string): PartialTopic {
    const known = this.#topics.get(topicId);
    if (known !== undefined) return known;
    const topic: PartialTopic = { partitions: [], found: 0, about: undefined };
    this.#topics.set(topicId, topic);
    return topic;
  }

  #readPartition(reader: ByteReader, partition: Partition): void {
    partition.logStartOffset = reader.varlong();
    partition.endOffset = reader.varlong();
    partition.revision = reader.varlong();
    partition.cleanedOffset = reader.varlong();
    const epochs = count(reader, reader.remaining / EPOCH_BYTES_MIN);
    for (let index = 0; index < epochs; index++) noteEpoch(partition, reader.unsignedVarint(), reader.varlong());
    const producers = count(reader, reader.remaining / PRODUCER_BYTES_MIN);
    for (let index = 0; index < producers; index++) rememberProducer(partition, reader.varlong(), readWindow(reader));
    const runs = count(reader, reader.remaining / RUN_BYTES_MIN);
    let before = NO_RUN;
    for (let index = 0; index < runs; index++) {
      before = readRun(reader, before);
      this.#state.rows.append(partition, before);
    }
  }

  /** Gives the state its topics. Call it after the last page. */
  finish(): void {
    for (const [topicId, { partitions, found, about }] of this.#topics) {
      if (about === undefined || partitions.length !== about.count || found !== about.count)
        throw malformed(`A checkpoint lacks partitions of topic ${topicId}`);
      const { name, configs } = about;
      this.#state.addTopic({ topicId, name, configs: configsOf(configs), partitions });
    }
  }
}

function readTopic(reader: ByteReader): NonNullable<PartialTopic["about"]> {
  const name = reader.text(reader.unsignedVarint());
  const partitions = count(reader, PARTITIONS_PER_TOPIC_MAX);
  const configs = new Map<string, string>();
  const configCount = count(reader, reader.remaining / 2);
  for (let index = 0; index < configCount; index++) {
    const config = reader.text(reader.unsignedVarint());
    configs.set(config, reader.text(reader.unsignedVarint()));
  }
  return { name, count: partitions, configs };
}

function readWindow(reader: ByteReader): ProducerWindow {
  const epoch = reader.unsignedVarint();
  const writtenMs = reader.varlong();
  const batches = Array.from({ length: count(reader, 100) }, () => ({
    firstSequence: reader.unsignedVarint(),
    lastSequence: reader.unsignedVarint(),
    baseOffset: reader.varlong(),
    timestampMs: reader.varlong(),
  }));
  return { epoch, writtenMs, batches };
}

function readRun(reader: ByteReader, before: Run): Run {
  const baseOffset = before.endOffset + reader.varlong();
  return {
    baseOffset,
    endOffset: baseOffset + reader.varlong(),
    source: before.source + reader.varlong(),
    position: reader.unsignedVarint(),
    length: reader.unsignedVarint(),
    maxTimestampMs: before.maxTimestampMs + reader.varlong(),
    epoch: reader.unsignedVarint(),
  };
}

function count(reader: ByteReader, max: number): number {
  const value = reader.unsignedVarint();
  if (value > max) throw malformed(`A page claims ${value} items where at most ${Math.floor(max)} can be`);
  return value;
}
