import { offsetTombstone } from "@streambed/consumer-coordinator";
import type { ApiTypes } from "@streambed/protocol";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Topic = ApiTypes["OffsetDelete"]["responseInput"]["topics"][number];

/** OffsetDelete: offsets of topics that no member reads. */
export const offsetDeleteHandler: AnyHandler = handler({
  name: "OffsetDelete",
  async handle({ groupId, topics }, { broker }) {
    if (groupId === "") return { errorCode: code("INVALID_GROUP_ID"), topics: [] };
    const tombstones = topics.map(({ name, partitions }) => ({
      topic: name,
      tombstones: partitions.flatMap(({ partitionIndex: partition }) =>
        broker.groups.committed(groupId, { topic: name, partition }) === undefined
          ? []
          : [offsetTombstone(groupId, { topic: name, partition })],
      ),
    }));
    const reply = await broker.groups.request<"offset-delete">(groupId, { kind: "offset-delete", topics: tombstones });
    if (reply.error !== "NONE") return { errorCode: code(reply.error), topics: [] };
    const subscribed = new Set(reply.subscribedTopics);
    const results = topics.map(({ name, partitions }): Topic => {
      const topic = broker.log.view.topicNamed(name);
      const errorOf = (partition: number): number => {
        if (topic?.partitions[partition] === undefined) return code("UNKNOWN_TOPIC_OR_PARTITION");
        return code(subscribed.has(name) ? "GROUP_SUBSCRIBED_TO_TOPIC" : "NONE");
      };
      return {
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: errorOf(partitionIndex) })),
      };
    });
    return { errorCode: code("NONE"), topics: results };
  },
});
