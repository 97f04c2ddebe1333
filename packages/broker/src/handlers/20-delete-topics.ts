import { ZERO_UUID } from "@streambed/kernel";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, controllerError, itemError } from "../kafka-error.ts";
import { findTopic } from "../topics/find-topic.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Result = ApiTypes["DeleteTopics"]["responseInput"]["responses"][number];

interface Wanted {
  readonly name: string | null;
  readonly topicId: string;
  /** True when the request names the topic more than once. */
  readonly isRepeated?: boolean;
}

/** DeleteTopics: by name, or by id from version 6. Committed offsets of the topic go with it. */
export const deleteTopicsHandler: AnyHandler = handler({
  name: "DeleteTopics",
  async handle(request, { broker, version }) {
    await broker.log.verifyTail([]);
    const wanted: readonly Wanted[] =
      version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
    return { responses: await Promise.all(withoutRepeats(broker, wanted).map((topic) => deleteTopic(broker, topic))) };
  },
});

/** A topic that is named twice, be it by name and by id, is answered once. */
function withoutRepeats(broker: BrokerCore, wanted: readonly Wanted[]): Wanted[] {
  const found = new Map<string, Wanted>();
  for (const each of wanted) {
    const { name, topicId } = each;
    const { topic } = findTopic(broker, { name: name ?? "", topicId });
    const key = topic?.name ?? (name === null ? topicId : `name ${name}`);
    const earlier = found.get(key);
    const id = topicId === ZERO_UUID ? (earlier?.topicId ?? ZERO_UUID) : topicId;
    found.set(key, earlier === undefined ? each : { name: topic?.name ?? name, topicId: id, isRepeated: true });
  }
  return [...found.values()];
}

async function deleteTopic(broker: BrokerCore, wanted: Wanted): Promise<Result> {
  const { name, topicId } = wanted;
  if (wanted.isRepeated === true)
    return { name, topicId, ...itemError("INVALID_REQUEST", "The topic was named more than once.") };
  if (name === null && topicId === ZERO_UUID)
    return { name, topicId, ...itemError("INVALID_REQUEST", "Neither topic name nor id were specified.") };
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
    return { name, topicId, ...controllerError(error) };
  }
}
