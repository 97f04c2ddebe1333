import { ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene, Step } from "../conformance-case.ts";
import { fetchFrom, fill } from "../requests.ts";

const UNKNOWN_ID = "00000000-0000-4000-8000-00000000abcd";
/** Three batches of 168 bytes at 0, 2 and 4, the last two records compressed. */
const filled: readonly Step[] = [
  fill(["a".repeat(40), "b".repeat(40)]),
  fill(["c".repeat(40), "d".repeat(40)]),
  fill(["e".repeat(40), "f".repeat(40)], { compression: "gzip" }),
];

function of(title: string, ...steps: readonly Step[]): ConformanceCase {
  return { api: "Fetch", title, topic: {}, steps: [...filled, ...steps] };
}

const EVERY_PARTITION = [0, 1, 2];
/** Several partitions of the topic from their beginning. */
function several(extra: { readonly maxBytes?: number }, partitionMaxBytes = 1_000_000): Step {
  return ask("Fetch", ({ topic, topicId }: Scene) => ({
    maxWaitMs: 0,
    minBytes: 0,
    topics: [
      {
        topic,
        topicId,
        partitions: EVERY_PARTITION.map((partition) => ({ partition, fetchOffset: 0n, partitionMaxBytes })),
      },
    ],
    ...extra,
  }));
}
const threePartitions: readonly Step[] = EVERY_PARTITION.flatMap((index) => [
  fill([`${index}a${"x".repeat(200)}`], {}, index),
  fill([`${index}b${"x".repeat(200)}`], {}, index),
]);

export const fetchCases: readonly ConformanceCase[] = [
  of("from the beginning", fetchFrom(0)),
  of("from inside a batch", fetchFrom(3)),
  of("from inside a compressed batch", fetchFrom(5)),
  of("from the end", fetchFrom(6)),
  of("beyond the end", fetchFrom(7)),
  of("a negative offset", fetchFrom(-1)),
  of("an empty topic", fetchFrom(0, {}, { partition: 0 })),
  of("one byte at most", fetchFrom(0, { maxBytes: 1 })),
  of("one byte of a partition at most", fetchFrom(0, {}, { partitionMaxBytes: 1 })),
  of("no byte of a partition", fetchFrom(0, {}, { partitionMaxBytes: 0 })),
  of("as much as two batches and a half", fetchFrom(0, {}, { partitionMaxBytes: 420 })),
  of("more bytes than there are, and no time to wait", fetchFrom(0, { minBytes: 1_000_000, maxWaitMs: 100 })),
  of("a wait at the end", fetchFrom(6, { minBytes: 1, maxWaitMs: 100 })),
  of("negative limits", fetchFrom(0, { minBytes: -1, maxWaitMs: -1 })),
  of("uncommitted and committed", fetchFrom(0, { isolationLevel: 0 }), fetchFrom(0, { isolationLevel: 1 })),
  of("an unknown partition", fetchFrom(0, {}, { partition: 9 })),
  of("a negative partition", fetchFrom(0, {}, { partition: -1 })),
  { ...of("an epoch that is not there yet", fetchFrom(0, {}, { currentLeaderEpoch: 1_000_000 })), from: 9 },
  { ...of("no epoch", fetchFrom(0, {}, { currentLeaderEpoch: -1 })), from: 9 },
  {
    ...of(
      "a wait that a record ends",
      fetchFrom(6, { minBytes: 1, maxWaitMs: 10_000 }, {}, { on: "reader", isHeld: true }),
      fill(["late"]),
    ),
  },
  {
    api: "Fetch",
    title: "the bytes of three partitions",
    topic: { partitions: 3 },
    steps: [
      ...threePartitions,
      several({}),
      several({ maxBytes: 1 }),
      several({ maxBytes: 600 }),
      several({}, 1),
      several({}, 300),
    ],
  },
  {
    api: "Fetch",
    title: "an unknown topic",
    to: 12,
    steps: [
      ask("Fetch", ({ name }) => ({
        maxWaitMs: 5_000,
        minBytes: 1,
        topics: [{ topic: name("nope"), partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
      })),
    ],
  },
  {
    api: "Fetch",
    title: "an unknown topic id",
    from: 13,
    steps: [
      ask("Fetch", {
        maxWaitMs: 5_000,
        minBytes: 1,
        topics: [{ topicId: UNKNOWN_ID, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
      }),
    ],
  },
  {
    api: "Fetch",
    title: "no topic id",
    from: 13,
    topic: {},
    steps: [
      ask("Fetch", {
        maxWaitMs: 0,
        minBytes: 0,
        topics: [{ partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
      }),
    ],
  },
  { api: "Fetch", title: "no topics", steps: [ask("Fetch", { maxWaitMs: 5_000, minBytes: 1, topics: [] })] },
  {
    ...of("a session that is wanted", fetchFrom(0, { sessionId: 0, sessionEpoch: 0 })),
    from: 7,
  },
  { ...of("no session", fetchFrom(0, { sessionId: 0, sessionEpoch: -1 })), from: 7 },
  { ...of("a session that is not there", fetchFrom(0, { sessionId: 99, sessionEpoch: 3 })), from: 7 },
  { ...of("the end of a session that is not there", fetchFrom(0, { sessionId: 99, sessionEpoch: -1 })), from: 7 },
  { ...of("a new session in the place of another", fetchFrom(0, { sessionId: 99, sessionEpoch: 0 })), from: 7 },
  { ...of("a next fetch of no session", fetchFrom(0, { sessionId: 0, sessionEpoch: 1 })), from: 7 },
  of(
    "a follower that nobody knows",
    ask("Fetch", ({ topic, topicId, version }: Scene) => ({
      ...(version < 15 ? { replicaId: 77 } : { replicaState: { replicaId: 77, replicaEpoch: 1n } }),
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topic, topicId, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
    })),
  ),
];
