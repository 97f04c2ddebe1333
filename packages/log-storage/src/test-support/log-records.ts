import { ByteWriter } from "@streambed/kernel";
import type { Command } from "../command.ts";
import type { BatchInput } from "../entry-codec.ts";
import type { LogState } from "../log-state.ts";
import type { Partition } from "../partition.ts";
import type { ShardLog } from "../shard-log.ts";
import { encodeState } from "../state-codec.ts";

export const TOPIC = "00000000-0000-4000-8000-000000000001";

/** Creates the topic of these tests, with three partitions. */
export const CREATE_TOPIC: Command = {
  kind: "create-topic",
  topicId: TOPIC,
  name: "t",
  partitions: 3,
  configs: new Map<string, string>(),
};

/** A v2 batch header with `count` records' worth of offsets and a body that says which one it is. */
export function batch(tag: number, count = 1, extra: Partial<BatchInput> = {}): BatchInput {
  const bytes = new Uint8Array(61 + 8);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  view.setInt8(16, 2);
  view.setInt32(23, count - 1);
  view.setBigInt64(35, BigInt(1000 + tag));
  view.setFloat64(61, tag);
  const idempotence = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
  return {
    topicId: TOPIC,
    partition: 0,
    bytes,
    recordCount: count,
    maxTimestampMs: 1000 + tag,
    inline: false,
    ...idempotence,
    ...extra,
  };
}

/** The same, `size` bytes long. */
export function bigBatch(size: number, tag: number, count = 1): BatchInput {
  const small = batch(tag, count);
  const bytes = new Uint8Array(size);
  bytes.set(small.bytes);
  new DataView(bytes.buffer).setInt32(8, size - 12);
  return { ...small, bytes };
}

/** A partition of the topic. Throws when it is not there. */
export function partitionOf(log: ShardLog, number = 0): Partition {
  const partition = log.view.partition(TOPIC, number);
  if (partition === undefined) throw new Error("no partition");
  return partition;
}

/** Base offset and tag of every batch of a partition from an offset on. */
export async function tags(log: ShardLog, partition = 0, from = 0): Promise<[number, number][]> {
  const found = log.view.partition(TOPIC, partition);
  if (found === undefined) throw new Error("no partition");
  const result: [number, number][] = [];
  for (let offset = from; offset < found.endOffset;) {
    for (const bytes of await log.read(found, offset, 200)) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const base = Number(view.getBigInt64(0));
      result.push([base, view.getFloat64(61)]);
      offset = base + view.getInt32(23) + 1;
    }
  }
  return result;
}

/** The fold as bytes, to compare. */
export function stateBytes(log: ShardLog): Uint8Array {
  const writer = new ByteWriter();
  encodeState(writer, log.view as LogState);
  return writer.finish();
}
