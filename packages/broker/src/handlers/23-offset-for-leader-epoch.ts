import { ZERO_UUID } from "@streambed/kernel";
import { code } from "../kafka-error.ts";
import { endOfEpoch, findTopic } from "../topics/find-topic.ts";
import { leaderProblem } from "../topics/leadership.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

const UNDEFINED = -1;

/** OffsetForLeaderEpoch: how far a leader epoch reaches, so that consumers can tell whether they were on a dead branch. */
export const offsetForLeaderEpochHandler: AnyHandler = handler({
  name: "OffsetForLeaderEpoch",
  async handle(request, { broker }) {
    // The end of the newest epoch is an end offset, which an unverified tail must not answer.
    await broker.log.verifyTail();
    return {
      topics: request.topics.map(({ topic: name, partitions }) => ({
        topic: name,
        partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch: asked }) => {
          const partition = findTopic(broker, { name, topicId: ZERO_UUID }).topic?.partitions[index];
          const refused = (errorCode: number) => ({
            errorCode,
            partition: index,
            leaderEpoch: UNDEFINED,
            endOffset: BigInt(UNDEFINED),
          });
          if (partition === undefined) return refused(code("UNKNOWN_TOPIC_OR_PARTITION"));
          const problem = leaderProblem(broker, partition, currentLeaderEpoch);
          if (problem !== 0) return refused(problem);
          const current = broker.log.view.epochOf(partition.topicId, index);
          if (asked === current) {
            return { errorCode: 0, partition: index, leaderEpoch: current, endOffset: BigInt(partition.endOffset) };
          }
          const found = asked > current ? undefined : endOfEpoch(partition, asked);
          if (found === undefined) return refused(code("NONE"));
          return { errorCode: 0, partition: index, leaderEpoch: found.epoch, endOffset: BigInt(found.endOffset) };
        }),
      })),
    };
  },
});
