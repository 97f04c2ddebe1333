import { ask } from "../conformance-case.ts";
import type { ConformanceCase, Step } from "../conformance-case.ts";
import { batchOf, fill, listOffsets, NOW, produce } from "../requests.ts";
import { encodeRecordBatch } from "@streambed/protocol";
import { utf8 } from "@streambed/kernel";

const outOfOrder = encodeRecordBatch({
  records: [5, 1, 9, 9, 3].map((ms) => ({ value: utf8(`${ms}`), timestamp: NOW + ms })),
});
const filled: readonly Step[] = [
  fill(["a", "b", "c"]),
  fill(["d", "e", "f"], { compression: "gzip" }),
  produce(outOfOrder, {}, { version: 9 }),
];

function of(title: string, ...steps: readonly Step[]): ConformanceCase {
  return { api: "ListOffsets", title, topic: {}, steps: [...filled, ...steps] };
}

export const listOffsetsCases: readonly ConformanceCase[] = [
  ...[-1, -2, -3, -4, -5, -6, -7, -100].map((special) => of(`special ${-special} below zero`, listOffsets(special))),
  ...[-1, -2, -3, -4, -5].map((special): ConformanceCase => ({
    api: "ListOffsets",
    title: `special ${-special} below zero of an empty partition`,
    topic: {},
    steps: [listOffsets(special)],
  })),
  of("the beginning of time", listOffsets(0)),
  of("each millisecond", ...[0, 1, 2, 3, 4, 5, 6, 9, 10].map((ms) => listOffsets(NOW + ms))),
  of("a time to come", listOffsets(NOW + 100_000)),
  of("a partition twice", listOffsets([-1, -2])),
  of("an unknown partition", listOffsets(-1, { partitionIndex: 9 })),
  {
    ...of("committed only", listOffsets(-1, {}, { isolationLevel: 1 }), listOffsets(NOW, {}, { isolationLevel: 1 })),
    from: 2,
  },
  { ...of("an epoch that is not there yet", listOffsets(-1, { currentLeaderEpoch: 1_000_000 })), from: 4 },
  { ...of("no epoch", listOffsets(-1, { currentLeaderEpoch: -1 })), from: 4 },
  {
    api: "ListOffsets",
    title: "the broker's time",
    topic: { configs: { "message.timestamp.type": "LogAppendTime" } },
    steps: [produce(batchOf(["a", "b"]), {}, { version: 9 }), listOffsets(0), listOffsets(-3)].map((step, at) =>
      at === 0 ? step : { ...step, view: offsetsOnly },
    ),
  },
  {
    api: "ListOffsets",
    title: "an unknown topic",
    steps: [
      ask("ListOffsets", ({ name }) => ({
        replicaId: -1,
        topics: [{ name: name("nope"), partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
      })),
    ],
  },
  { api: "ListOffsets", title: "no topics", steps: [ask("ListOffsets", { replicaId: -1, topics: [] })] },
];

function offsetsOnly(answer: {
  readonly topics: readonly { readonly partitions: readonly { readonly offset: bigint }[] }[];
}): unknown {
  return answer.topics.map(({ partitions }) => partitions.map(({ offset }) => Number(offset)));
}
