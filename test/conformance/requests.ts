import { utf8 } from "@streambed/kernel";
import { defaultCodecs, encodeRecordBatch } from "@streambed/protocol";
import type { ApiTypes, RecordBatchInput } from "@streambed/protocol";
import { ask } from "./conformance-case.ts";
import type { Scene, Step } from "./conformance-case.ts";

/** One moment for the whole run, so that both peers are sent the same bytes. */
export const NOW: number = Date.now();

/** A batch of records `k0`, `k1`, … a millisecond apart. */
export function batchOf(values: readonly string[], extra: Partial<RecordBatchInput> = {}): Uint8Array {
  const records = values.map((value, at) => ({ key: utf8(`k${at}`), value: utf8(value), timestamp: NOW + at }));
  return encodeRecordBatch({ records, codecs: defaultCodecs, ...extra });
}

/** A batch whose bytes were changed after its checksum was made. */
export function broken(change: (bytes: Uint8Array, view: DataView) => void, values = ["a", "b"]): Uint8Array {
  const bytes = batchOf(values).slice();
  change(bytes, new DataView(bytes.buffer, bytes.byteOffset));
  return bytes;
}

type ProduceInput = ApiTypes["Produce"]["requestInput"];
type Options = Parameters<typeof ask>[2];

/** Produce of one batch to one partition of the case's topic. */
export function produce(
  records: Uint8Array | null | ((scene: Scene) => Uint8Array | null),
  extra: Partial<ProduceInput> & { readonly index?: number } = {},
  options: Options = {},
): Step {
  const { index = 0, ...rest } = extra;
  const request = (scene: Scene): ProduceInput => {
    const bytes = typeof records === "function" ? records(scene) : records;
    const { topic: name, topicId } = scene;
    const partitionData = [{ index, records: bytes === null ? null : [bytes] }];
    return { acks: -1, timeoutMs: 10_000, topicData: [{ name, topicId, partitionData }], ...rest };
  };
  return ask("Produce", request, options as Parameters<typeof ask<"Produce">>[2]);
}

/** Produce in a version that every case may use to fill its topic. */
export function fill(values: readonly string[], extra: Partial<RecordBatchInput> = {}, index = 0): Step {
  return produce(batchOf(values, extra), { index }, { version: 9 });
}

type FetchInput = ApiTypes["Fetch"]["requestInput"];
type FetchPartition = FetchInput["topics"][number]["partitions"][number];

/** Fetch of one partition of the case's topic. */
export function fetchFrom(
  offset: number,
  extra: Partial<FetchInput> = {},
  partition: Partial<FetchPartition> = {},
  options: Options = {},
): Step {
  const request = ({ topic, topicId }: Scene): FetchInput => ({
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    topics: [
      {
        topic,
        topicId,
        partitions: [{ partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: 1_000_000, ...partition }],
      },
    ],
    ...extra,
  });
  return ask("Fetch", request, options as Parameters<typeof ask<"Fetch">>[2]);
}

type ListPartition = ApiTypes["ListOffsets"]["requestInput"]["topics"][number]["partitions"][number];

/** ListOffsets of partitions of the case's topic. */
export function listOffsets(
  timestamps: readonly number[] | number,
  partition: Partial<ListPartition> = {},
  rest: { readonly isolationLevel?: number } = {},
): Step {
  const all = typeof timestamps === "number" ? [timestamps] : timestamps;
  return ask("ListOffsets", ({ topic }) => ({
    replicaId: -1,
    topics: [
      {
        name: topic,
        partitions: all.map((timestamp) => ({ partitionIndex: 0, timestamp: BigInt(timestamp), ...partition })),
      },
    ],
    ...rest,
  }));
}

type WantedTopic = ApiTypes["CreateTopics"]["requestInput"]["topics"][number];

/** CreateTopics of one topic named after the case. */
export function createTopic(
  topic: Partial<WantedTopic>,
  rest: { readonly validateOnly?: boolean } = {},
  options: Options = {},
): Step {
  const request = (scene: Scene): ApiTypes["CreateTopics"]["requestInput"] => ({
    timeoutMs: 10_000,
    topics: [
      { name: scene.name("new"), numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...topic },
    ],
    ...rest,
  });
  return ask("CreateTopics", request, options as Parameters<typeof ask<"CreateTopics">>[2]);
}
