import { ZERO_UUID } from "@streambed/kernel";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, itemError, storageError } from "../kafka-error.ts";
import { findTopic } from "../topics/find-topic.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Result = ApiTypes["DeleteTopics"]["responseInput"]["responses"][number];

interface Wanted {
  readonly name: string | null;
  readonly topicId: string;
}

/** DeleteTopics: by name, or by id from version 6. Committed offsets of the topic go with it. */
export const deleteTopicsHandler: AnyHandler = handler({
  name: "DeleteTopics",
  async handle(request, { broker, version }) {
    await broker.log.verifyTail();
    const wanted: readonly Wanted[] =
      version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
    return { responses: await Promise.all(wanted.map((topic) => deleteTopic(broker, topic))) };
  },
});

async function deleteTopic(broker: BrokerCore, wanted: Wanted): Promise<Result> {
  const { name, topicId } = wanted;
  if (name !== null && topicId !== ZERO_UUID) {
    return { name, topicId, ...itemError("INVALID_REQUEST", "You may not specify both topic name and topic id.") };
  }
  if (!broker.settings.deleteTopicEnable)
    return { name, topicId, ...itemError("TOPIC_DELETION_DISABLED", "Topic deletion is disabled.") };
  const { topic, errorCode } = findTopic(broker, { name: name ?? "", topicId });
  if (topic === undefined) return { name, topicId, errorCode, errorMessage: "This server does not host this topic." };
  try {
    await broker.log.command({ kind: "delete-topic", topicId: topic.topicId });
    return { name: topic.name, topicId: topic.topicId, errorCode: code("NONE"), errorMessage: null };
  } catch (error) {
    return { name, topicId, ...storageError(error) };
  }
}
