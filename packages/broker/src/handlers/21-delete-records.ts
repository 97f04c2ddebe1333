import type { Topic } from "@streambed/log-storage";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, storageError } from "../kafka-error.ts";
import { configValue } from "../topics/config-values.ts";
import { leaderProblem } from "../topics/leadership.ts";
import { listItems } from "../topics/topic-configs.ts";
import { INTERNAL_TOPICS } from "../topics/topic-name.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Result = ApiTypes["DeleteRecords"]["responseInput"]["topics"][number]["partitions"][number];

/** Stands for the high watermark: everything that is there now. */
const HIGH_WATERMARK = -1n;
/** Low watermark of a partition whose records were not deleted. */
const NO_LOW_WATERMARK = -1n;

/** DeleteRecords: moves log starts forward, for good. Answers when the new starts are durable. */
export const deleteRecordsHandler: AnyHandler = handler({
  name: "DeleteRecords",
  async handle(request, { broker }) {
    await broker.log.verifyTail();
    const topics = [...offsetsByTopic(request.topics)].map(async ([name, offsets]) => {
      const results = [...offsets].map(([partition, offset]) => deleteRecords(broker, { name, partition, offset }));
      return { name, partitions: await Promise.all(results) };
    });
    return { throttleTimeMs: 0, topics: await Promise.all(topics) };
  },
});

/** A partition that is named twice is answered once; the later offset counts, as in Kafka. */
function offsetsByTopic(
  topics: ApiTypes["DeleteRecords"]["request"]["topics"],
): ReadonlyMap<string, ReadonlyMap<number, bigint>> {
  const found = new Map<string, Map<number, bigint>>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, offset } of partitions) {
      found.set(name, (found.get(name) ?? new Map<number, bigint>()).set(partitionIndex, offset));
    }
  }
  return found;
}

interface Wanted {
  readonly name: string;
  readonly partition: number;
  readonly offset: bigint;
}

async function deleteRecords(broker: BrokerCore, wanted: Wanted): Promise<Result> {
  const topic = broker.log.view.topicNamed(wanted.name);
  const partition = topic?.partitions[wanted.partition];
  if (topic === undefined || partition === undefined) return failed(wanted, code("UNKNOWN_TOPIC_OR_PARTITION"));
  if (INTERNAL_TOPICS.has(topic.name)) return failed(wanted, code("INVALID_TOPIC_EXCEPTION"));
  const problem = leaderProblem(broker, partition);
  if (problem !== 0) return failed(wanted, problem);
  if (!mayDelete(broker, topic)) return failed(wanted, code("POLICY_VIOLATION"));
  const offset = wanted.offset === HIGH_WATERMARK ? BigInt(partition.endOffset) : wanted.offset;
  if (offset < 0n || offset > partition.endOffset) return failed(wanted, code("OFFSET_OUT_OF_RANGE"));
  // Nothing to write for what is gone already.
  if (offset > partition.logStartOffset) {
    try {
      const { topicId } = topic;
      const { number } = partition;
      const command = { kind: "advance-start", topicId, partition: number, offset: Number(offset) } as const;
      const { status } = await broker.log.command(command);
      // Somebody deleted the topic in the meantime.
      if (status === "rejected") return failed(wanted, code("UNKNOWN_TOPIC_OR_PARTITION"));
    } catch (error) {
      return failed(wanted, storageError(error).errorCode);
    }
  }
  const lowWatermark = BigInt(partition.logStartOffset);
  return { partitionIndex: wanted.partition, lowWatermark, errorCode: code("NONE") };
}

/** Only compaction may remove records of a topic that is compacted and nothing else. */
function mayDelete({ settings }: BrokerCore, topic: Topic): boolean {
  const policies = listItems(configValue(topic.configs, "cleanup.policy", settings));
  return policies.includes("delete") || !policies.includes("compact");
}

function failed(wanted: Wanted, errorCode: number): Result {
  return { partitionIndex: wanted.partition, lowWatermark: NO_LOW_WATERMARK, errorCode };
}
