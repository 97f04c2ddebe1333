import { malformed, utf8 } from "@streambed/kernel";
import type { ByteReader, ByteWriter } from "@streambed/kernel";
import type { LogState } from "./log-state.ts";
import { PARTITIONS_PER_TOPIC_MAX, TOPICS_MAX } from "./limits.ts";
import { newPartition } from "./partition.ts";
import type { Partition, Topic } from "./partition.ts";
import type { ProducerWindow } from "./producer-window.ts";

/*
 * The part of a checkpoint root that holds the fold, without the run index (which lives in pages). Maps keep their
 * order, so equal folds give equal bytes.
 */

function writeText(writer: ByteWriter, text: string): void {
  const bytes = utf8(text);
  writer.unsignedVarint(bytes.length);
  writer.bytes(bytes);
}

/** Writes the fold's state. */
export function encodeState(writer: ByteWriter, state: LogState): void {
  writer.safeInt64(state.seq);
  writer.int32(state.epoch);
  writer.uuid(state.lastEntryId);
  writer.safeInt64(state.timestampMs);
  writer.safeInt64(state.nextProducerId);
  writer.unsignedVarint(state.topics.size);
  for (const topic of state.topics.values()) writeTopic(writer, topic);
  writer.unsignedVarint(state.modules.length);
  for (const module of state.modules) {
    const bytes = module.snapshot();
    writeText(writer, module.name);
    writer.unsignedVarint(bytes.length);
    writer.bytes(bytes);
  }
}

function writeTopic(writer: ByteWriter, topic: Topic): void {
  writer.uuid(topic.topicId);
  writeText(writer, topic.name);
  writer.unsignedVarint(topic.configs.size);
  for (const [name, value] of topic.configs) {
    writeText(writer, name);
    writeText(writer, value);
  }
  writer.unsignedVarint(topic.partitions.length);
  for (const partition of topic.partitions) writePartition(writer, partition);
}

function writePartition(writer: ByteWriter, partition: Partition): void {
  writer.varlong(partition.logStartOffset);
  writer.varlong(partition.endOffset);
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

/** Fills an empty state from a checkpoint. A module without a part in it keeps its initial state. */
export function restoreState(reader: ByteReader, state: LogState): void {
  state.seq = reader.safeInt64();
  state.epoch = reader.int32();
  state.lastEntryId = reader.uuid();
  state.timestampMs = reader.safeInt64();
  state.nextProducerId = reader.safeInt64();
  const topics = count(reader, TOPICS_MAX);
  for (let index = 0; index < topics; index++) {
    const topic = readTopic(reader);
    state.topics.set(topic.topicId, topic);
    state.topicIds.set(topic.name, topic.topicId);
  }
  const modules = count(reader, 1_000);
  for (let index = 0; index < modules; index++) {
    const name = reader.text(reader.unsignedVarint());
    const bytes = reader.take(reader.unsignedVarint());
    state.modules.find((module) => module.name === name)?.restore(bytes);
  }
}

function readTopic(reader: ByteReader): Topic {
  const topicId = reader.uuid();
  const name = reader.text(reader.unsignedVarint());
  const configs = new Map<string, string>();
  const configCount = count(reader, 10_000);
  for (let index = 0; index < configCount; index++) {
    const config = reader.text(reader.unsignedVarint());
    configs.set(config, reader.text(reader.unsignedVarint()));
  }
  const partitionCount = count(reader, PARTITIONS_PER_TOPIC_MAX);
  return { topicId, name, configs, partitions: Array.from({ length: partitionCount }, () => readPartition(reader)) };
}

function readPartition(reader: ByteReader): Partition {
  const partition = newPartition();
  partition.logStartOffset = reader.varlong();
  partition.endOffset = reader.varlong();
  const epochs = count(reader, reader.remaining);
  for (let index = 0; index < epochs; index++) {
    partition.epochs.push({ epoch: reader.unsignedVarint(), startOffset: reader.varlong() });
  }
  const producers = count(reader, reader.remaining);
  for (let index = 0; index < producers; index++) partition.producers.set(reader.varlong(), readWindow(reader));
  return partition;
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

function count(reader: ByteReader, max: number): number {
  const value = reader.unsignedVarint();
  if (value > max) throw malformed(`A checkpoint claims ${value} items where at most ${max} can be`);
  return value;
}
