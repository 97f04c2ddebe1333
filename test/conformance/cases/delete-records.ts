import { ask } from "../conformance-case.ts";
import type { ConformanceCase, Step } from "../conformance-case.ts";
import { fetchFrom, fill, listOffsets } from "../requests.ts";

/** DeleteRecords of partitions of the case's topic: pairs of partition and offset. */
const deleteTo = (...partitions: readonly (readonly [number, number])[]): Step =>
  ask("DeleteRecords", ({ topic }) => ({
    timeoutMs: 10_000,
    topics: [
      { name: topic, partitions: partitions.map(([partitionIndex, at]) => ({ partitionIndex, offset: BigInt(at) })) },
    ],
  }));

const earliest: Step = { ...listOffsets(-2), version: 5 };
const latest: Step = { ...listOffsets(-1), version: 5 };
const filled: readonly Step[] = [fill(["a", "b", "c"]), fill(["d", "e"], { compression: "gzip" })];

function of(title: string, steps: readonly Step[], configs: Readonly<Record<string, string>> = {}): ConformanceCase {
  return { api: "DeleteRecords", title, topic: { configs }, steps: [...filled, ...steps, earliest, latest] };
}

const fetchAt = (offset: number): Step => fetchFrom(offset, {}, {}, { version: 12 });

export const deleteRecordsCases: readonly ConformanceCase[] = [
  of("between batches", [deleteTo([0, 3]), fetchAt(3), fetchAt(2)]),
  of("inside a batch", [deleteTo([0, 1]), fetchAt(1), fetchAt(0)]),
  of("inside a compressed batch", [deleteTo([0, 4]), fetchAt(4), fetchAt(3)]),
  of("nothing", [deleteTo([0, 0])]),
  of("all, as the high watermark", [deleteTo([0, -1]), fetchAt(5), fetchAt(4)]),
  of("all, as an offset", [deleteTo([0, 5]), fetchAt(5)]),
  of("all, and then more records", [deleteTo([0, -1]), fill(["f"]), fetchAt(5)]),
  of("what is not there yet", [deleteTo([0, 6])]),
  of("far beyond the end", [deleteTo([0, Number.MAX_SAFE_INTEGER])]),
  of("an offset below minus one", [deleteTo([0, -2])]),
  of("what is gone already", [deleteTo([0, 3]), deleteTo([0, 2]), deleteTo([0, 3])]),
  of("a partition twice", [deleteTo([0, 1], [0, 2])]),
  of("an unknown partition next to one that is there", [deleteTo([0, 1], [7, 1])]),
  of("a negative partition", [deleteTo([-1, 1])]),
  of("no partitions", [deleteTo()]),
  of("a compacted topic", [deleteTo([0, 2])], { "cleanup.policy": "compact" }),
  of("a topic that is compacted and deleted", [deleteTo([0, 2])], { "cleanup.policy": "compact,delete" }),
  {
    api: "DeleteRecords",
    title: "an empty partition",
    topic: {},
    steps: [deleteTo([0, 0]), deleteTo([0, -1]), deleteTo([0, 1])],
  },
  {
    api: "DeleteRecords",
    title: "an unknown topic",
    steps: [
      ask("DeleteRecords", ({ name }) => ({
        timeoutMs: 10_000,
        topics: [{ name: name("nope"), partitions: [{ partitionIndex: 0, offset: 0n }] }],
      })),
    ],
  },
  { api: "DeleteRecords", title: "no topics", steps: [ask("DeleteRecords", { timeoutMs: 10_000, topics: [] })] },
  {
    api: "DeleteRecords",
    title: "an internal topic",
    topic: {},
    steps: [
      // A commit makes the topic.
      ask("FindCoordinator", ({ group }) => ({ coordinatorKeys: [group], keyType: 0 }), {
        version: 4,
        until: ({ coordinators }) => coordinators[0]?.errorCode === 0,
        view: ({ coordinators }) => coordinators[0]?.errorCode,
      }),
      ask(
        "OffsetCommit",
        ({ group, topic }) => ({
          groupId: group,
          generationIdOrMemberEpoch: -1,
          memberId: "",
          topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 0n, committedMetadata: "" }] }],
        }),
        { version: 8, until: ({ topics }) => topics[0]?.partitions[0]?.errorCode === 0 },
      ),
      ask("DeleteRecords", {
        timeoutMs: 10_000,
        topics: [{ name: "__consumer_offsets", partitions: [{ partitionIndex: 0, offset: 0n }] }],
      }),
    ],
  },
];
