import { TOPIC_NAME_LENGTH_MAX } from "../limits.ts";

const LEGAL = /^[a-zA-Z0-9._-]+$/;

/** Topics that only the broker itself writes to. */
export const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

/** Kafka's controllers keep their log under this name, and nobody may create it as a topic. */
export const CLUSTER_METADATA_TOPIC = "__cluster_metadata";

/** Why a topic name is not allowed, in words; undefined when it is. Kafka's rules. */
export function topicNameProblem(name: string): string | undefined {
  if (name === "") return "the empty string is not allowed";
  if (name === "." || name === "..") return `'${name}' cannot be a topic name`;
  if (name.length > TOPIC_NAME_LENGTH_MAX)
    return `the length of the name cannot be more than ${TOPIC_NAME_LENGTH_MAX} characters`;
  if (!LEGAL.test(name)) return "it may only hold ASCII letters and digits, '.', '_' and '-'";
  return undefined;
}

/** Names that differ only in `.` and `_` collide, because metric names cannot tell them apart. */
export function collisionKey(name: string): string {
  return name.replaceAll(".", "_");
}
