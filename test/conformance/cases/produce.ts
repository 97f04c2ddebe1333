import { concatBytes, utf8 } from "@streambed/kernel";
import { encodeRecordBatch } from "@streambed/protocol";
import type { CompressionType } from "@streambed/protocol";
import { answerOf, ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene, Step } from "../conformance-case.ts";
import { batchOf, broken, fetchFrom, NOW, produce } from "../requests.ts";

const A_DAY_MS = 86_400_000;
const UNKNOWN_ID = "00000000-0000-4000-8000-00000000abcd";

/** Where the log ends after what was done to it. */
const readBack: Step = fetchFrom(0, {}, {}, { version: 12 });

function one(title: string, bytes: Uint8Array | null, rest: Partial<ConformanceCase> = {}): ConformanceCase {
  return { api: "Produce", title, topic: {}, steps: [produce(bytes), readBack], ...rest };
}

function compressed(compression: CompressionType, rest: Partial<ConformanceCase> = {}): ConformanceCase {
  return one(
    `a batch of ${compression}`,
    batchOf(["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b"], { compression }),
    rest,
  );
}

const timed = (timestamp: number): Uint8Array =>
  encodeRecordBatch({ records: [{ key: utf8("k"), value: utf8("x"), timestamp }] });
const keyless = encodeRecordBatch({
  records: [
    { key: utf8("k"), value: null, timestamp: NOW },
    { value: utf8("v"), timestamp: NOW },
    { value: utf8("w"), timestamp: NOW },
  ],
});

/** Idempotent batches; `sequence` of the producer that step 1 made. */
const initProducer = ask(
  "InitProducerId",
  { transactionalId: null, transactionTimeoutMs: 1000 },
  {
    version: 4,
    until: ({ errorCode }) => errorCode === 0,
  },
);
const numbered = (baseSequence: number, producerEpoch = 0, values: readonly string[] = ["a", "b"]): Step =>
  produce((scene) => batchOf(values, { producerId: producerOf(scene), producerEpoch, baseSequence }));
const producerOf = (scene: Scene): number => Number(answerOf(scene, 0, "InitProducerId").producerId);
const idempotent = (title: string, ...steps: readonly Step[]): ConformanceCase => ({
  api: "Produce",
  title,
  topic: {},
  steps: [initProducer, ...steps, readBack],
});

export const produceCases: readonly ConformanceCase[] = [
  one("one batch", batchOf(["a", "b"])),
  compressed("gzip"),
  compressed("snappy"),
  compressed("lz4"),
  compressed("zstd", { from: 7 }),
  compressed("zstd", { title: "zstd in a version before it", to: 6 }),
  one("null records", null, { from: 13, steps: [produce(null)] }),
  one("no bytes", new Uint8Array(0)),
  one("fewer bytes than a header", batchOf(["a"]).slice(0, 30)),
  one("fewer bytes than a length", batchOf(["a"]).slice(0, 10)),
  one("a cut batch", batchOf(["a", "b"]).slice(0, 65)),
  one("bytes after the batch", concatBytes([batchOf(["a"]), new Uint8Array(5)])),
  one("two batches", concatBytes([batchOf(["a"]), batchOf(["b"])])),
  one(
    "a wrong CRC",
    broken((bytes) => void (bytes[70] = (bytes[70] ?? 0) ^ 1)),
  ),
  one(
    "magic 0",
    broken((bytes) => void (bytes[16] = 0)),
  ),
  one(
    "magic 1",
    broken((bytes) => void (bytes[16] = 1)),
  ),
  one(
    "magic 3",
    broken((bytes) => void (bytes[16] = 3)),
  ),
  one(
    "negative magic",
    broken((bytes) => void (bytes[16] = 0xff)),
  ),
  one(
    "a negative length",
    broken((_, view) => view.setInt32(8, -5)),
  ),
  one(
    "a small length",
    broken((_, view) => view.setInt32(8, 20)),
  ),
  one(
    "a huge length",
    broken((_, view) => view.setInt32(8, 0x7fff_ffff)),
  ),
  one("a control batch", batchOf(["a"], { isControl: true })),
  one("a base offset", batchOf(["a"], { baseOffset: 3 })),
  one("a partition leader epoch", batchOf(["a"], { partitionLeaderEpoch: 5 })),
  one("a batch of no records", encodeRecordBatch({ records: [] })),
  one("more than the limit", batchOf(["x".repeat(1_100_000)])),
  one("exactly the limit of the topic", batchOf(["x".repeat(300)]), {
    topic: { configs: { "max.message.bytes": String(batchOf(["x".repeat(300)]).length) } },
  }),
  one("one byte above the limit of the topic", batchOf(["x".repeat(300)]), {
    topic: { configs: { "max.message.bytes": String(batchOf(["x".repeat(300)]).length - 1) } },
  }),
  one("an hour ahead and more", timed(NOW + A_DAY_MS)),
  one("an hour ahead and less", timed(NOW + 1_800_000)),
  one("long ago", timed(1)),
  one("no timestamp", timed(-1)),
  one("before the oldest allowed", timed(NOW - A_DAY_MS), {
    topic: { configs: { "message.timestamp.before.max.ms": "1000" } },
  }),
  one("the broker's time", batchOf(["a", "b"]), { topic: { configs: { "message.timestamp.type": "LogAppendTime" } } }),
  one("the broker's time, set by the producer", batchOf(["a"], { logAppendTime: NOW })),
  one("the broker's time, compressed and far ahead", timed(NOW + A_DAY_MS), {
    topic: { configs: { "message.timestamp.type": "LogAppendTime" } },
  }),
  one("no key on a compacted topic", keyless, { topic: { configs: { "cleanup.policy": "compact" } } }),
  one("no key on a topic that deletes and compacts", keyless, {
    topic: { configs: { "cleanup.policy": "compact,delete" } },
  }),
  one("keys on a compacted topic", batchOf(["a"]), { topic: { configs: { "cleanup.policy": "compact" } } }),
  one("a producer id without a sequence", batchOf(["a"], { producerId: 5, producerEpoch: 0, baseSequence: -1 })),
  one("a producer id without an epoch", batchOf(["a"], { producerId: 5, producerEpoch: -1, baseSequence: 0 })),
  one("a producer id nobody handed out", batchOf(["a"], { producerId: 555_555, producerEpoch: 3, baseSequence: 7 })),
  one("a sequence without a producer id", batchOf(["a"], { producerId: -1, producerEpoch: -1, baseSequence: 9 })),
  ...[1, 7, -2].map((acks) =>
    one(`acks of ${String(acks).replace("-", "minus ")}`, null, {
      steps: [produce(batchOf(["a"]), { acks }), readBack],
    }),
  ),
  one("acks 0", null, {
    steps: [produce(batchOf(["a"]), { acks: 0 }, { isSilent: true }), { ...readBack, on: "other" }],
  }),
  one("acks 0 with an error", null, {
    steps: [produce(batchOf(["a"]), { acks: 0, index: 9 }, { isSilent: true }), { ...readBack, on: "other" }],
  }),
  one("a negative timeout", null, { steps: [produce(batchOf(["a"]), { timeoutMs: -1 })] }),
  one("an unknown partition", null, { steps: [produce(batchOf(["a"]), { index: 9 })] }),
  one("a negative partition", null, { steps: [produce(batchOf(["a"]), { index: -1 })] }),
  one("an unknown topic", null, {
    to: 12,
    topic: undefined,
    steps: [
      ask("Produce", ({ name }) => ({
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: name("nope"), partitionData: [{ index: 0, records: [batchOf(["a"])] }] }],
      })),
    ],
  }),
  one("a name that cannot be", null, {
    to: 12,
    topic: undefined,
    steps: [
      ask("Produce", {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: "no/such", partitionData: [{ index: 0, records: [batchOf(["a"])] }] }],
      }),
    ],
  }),
  one("an unknown topic id", null, {
    from: 13,
    topic: undefined,
    steps: [
      ask("Produce", {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ topicId: UNKNOWN_ID, partitionData: [{ index: 0, records: [batchOf(["a"])] }] }],
      }),
    ],
  }),
  one("one good and one bad partition", null, {
    topic: { partitions: 2 },
    steps: [
      ask("Produce", ({ topic: name, topicId }) => ({
        acks: -1,
        timeoutMs: 10_000,
        topicData: [
          {
            name,
            topicId,
            partitionData: [
              { index: 0, records: [batchOf(["a"])] },
              { index: 1, records: [batchOf(["a"], { isControl: true })] },
            ],
          },
        ],
      })),
      readBack,
    ],
  }),
  one("nothing", null, { steps: [ask("Produce", { acks: -1, timeoutMs: 1000, topicData: [] })] }),
  one("an internal topic", null, {
    to: 12,
    topic: undefined,
    steps: [
      ask(
        "FindCoordinator",
        { key: "any", keyType: 0 },
        { version: 3, until: ({ errorCode }) => errorCode === 0, view: () => null },
      ),
      ask("Produce", {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: "__consumer_offsets", partitionData: [{ index: 0, records: [batchOf(["a"])] }] }],
      }),
    ],
  }),
  idempotent("sequences that follow", numbered(0), numbered(2), numbered(4)),
  idempotent("a repeated batch", numbered(0), numbered(0), numbered(2), numbered(0), numbered(2)),
  idempotent(
    "a repeated batch out of the window",
    ...[0, 2, 4, 6, 8, 10].map((at) => numbered(at)),
    numbered(0),
    numbered(2),
  ),
  idempotent("a gap", numbered(0), numbered(5)),
  idempotent("a sequence that is too low", numbered(0, 0, ["a", "b", "c"]), numbered(1)),
  idempotent("a first sequence that is not 0", numbered(5), numbered(7)),
  idempotent("a newer epoch", numbered(0), numbered(0, 1), numbered(2, 1)),
  idempotent("a newer epoch that does not begin at 0", numbered(0), numbered(2, 1)),
  idempotent("an older epoch", numbered(0, 3), numbered(2, 2)),
  idempotent("a sequence that wraps", numbered(2_147_483_646), numbered(0)),
  idempotent("a batch that wraps", numbered(2_147_483_647), numbered(1)),
  one("a last offset that does not fit the count", batchOf(["a", "b"], { lastOffsetDelta: 5 })),
  one(
    "a transactional batch nobody began",
    batchOf(["a"], { isTransactional: true, producerId: 77, producerEpoch: 0, baseSequence: 0 }),
  ),
];
