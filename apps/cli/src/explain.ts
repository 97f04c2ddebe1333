import { messageOf, StreambedError } from "@streambed/kernel";

/** What to do next, by error code. Kafka's names are those of its error table. */
const ADVICE: Readonly<Record<string, string>> = {
  CONNECTION_REFUSED: "Start a server with `streambed serve`, or name another one with --bootstrap-server host:port.",
  UNKNOWN_TOPIC_OR_PARTITION:
    "`streambed topics list` shows the topics there are, `streambed topics create NAME` makes one.",
  TOPIC_ALREADY_EXISTS: "Add --if-not-exists when that is fine, or choose another name.",
  INVALID_TOPIC_EXCEPTION: "Topic names have at most 249 letters, digits, dots, underscores and hyphens.",
  INVALID_PARTITIONS: "Partitions can only be added: `streambed topics describe NAME` shows how many there are.",
  INVALID_REPLICATION_FACTOR: "The bucket keeps the copies, so the replication factor is 1.",
  NON_EMPTY_GROUP: "Stop the members of the group first: `streambed groups describe NAME` shows who they are.",
  GROUP_ID_NOT_FOUND: "`streambed groups list` shows the groups there are.",
  RECORD_TOO_LARGE: "Raise max.message.bytes of the topic, and max.request.size of the producer.",
  MESSAGE_TOO_LARGE: "Raise max.message.bytes: `streambed topics alter NAME --config max.message.bytes=...`.",
  OFFSET_OUT_OF_RANGE: "`streambed topics describe NAME` shows the offsets there are.",
};

/** A sentence for the operator: what happened, and what to do next where we know. */
export function explain(thrown: unknown): string {
  const message = messageOf(thrown);
  if (!(thrown instanceof StreambedError)) return message;
  const advice = ADVICE[thrown.code];
  return advice === undefined ? message : `${message}\n${advice}`;
}
