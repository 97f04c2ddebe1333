import type { Client, OffsetSpec, TopicPartitionOffset } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { allOk } from "./arguments.ts";

/** What is to be deleted: everything below an offset, everything, or what is older than a time (milliseconds). */
export type TrimBound =
  | { readonly kind: "offset"; readonly offset: number }
  | { readonly kind: "end" }
  | { readonly kind: "time"; readonly before: number };

/** Which partitions of a topic; all of them when none are named. */
export interface TrimRequest {
  readonly topic: string;
  readonly partitions: readonly number[] | undefined;
  readonly bound: TrimBound;
}

/** One partition, with the first offset to keep. */
export interface Trim extends TopicPartitionOffset {
  /** What the partition holds now. */
  readonly first: number;
  readonly end: number;
}

/**
 * Finds the first offset to keep in each partition. Deletes nothing, so that all partitions are looked at before the
 * first one loses a record.
 * @throws code `OFFSET_OUT_OF_RANGE` when a partition ends before the offset: clipped, it would lose everything
 */
export async function planTrim(client: Client, request: TrimRequest): Promise<readonly Trim[]> {
  const { topic, bound } = request;
  const partitions = await partitionsOf(client, request);
  const listed = async (spec: OffsetSpec): Promise<readonly number[]> =>
    allOk(await client.admin.listOffsets(partitions.map((partition) => ({ topic, partition, spec })))).map(
      ({ offset }) => offset,
    );
  const [firsts, ends] = await Promise.all([listed("earliest"), listed("latest")]);
  const found = bound.kind === "time" ? await listed(bound.before) : [];
  const trims = partitions.map((partition, at): Trim => {
    const first = firsts[at] ?? 0;
    const end = ends[at] ?? first;
    const wanted = bound.kind === "offset" ? bound.offset : (found[at] ?? -1);
    // A time that no record reaches is answered with -1, which stands for the end.
    return { topic, partition, first, end, offset: Math.max(first, wanted < 0 ? end : wanted) };
  });
  const beyond = trims.filter(({ offset, end }) => offset > end);
  if (bound.kind === "offset" && beyond.length > 0) throw outOfRange(bound.offset, beyond);
  return trims;
}

async function partitionsOf(client: Client, { topic, partitions }: TrimRequest): Promise<readonly number[]> {
  const described = allOk(await client.admin.describeTopics([topic]));
  const all = described.flatMap((one) => one.partitions.map(({ partition }) => partition));
  const unknown = partitions?.find((partition) => !all.includes(partition));
  if (unknown === undefined) return partitions ?? all;
  const message = `Topic ${topic} has partitions 0 to ${all.length - 1}, but not ${unknown}.`;
  throw new StreambedError({ kind: "invalid", code: "INVALID_ARGUMENT", message });
}

function outOfRange(offset: number, beyond: readonly Trim[]): StreambedError {
  const ends = beyond.map(({ topic, partition, end }) => `${topic}-${partition} ends at ${end}`);
  return new StreambedError({
    kind: "invalid",
    code: "OFFSET_OUT_OF_RANGE",
    message: `OFFSET_OUT_OF_RANGE: ${ends.join(", ")}, before offset ${offset}. Nothing was deleted; --offset end deletes everything.`,
  });
}
