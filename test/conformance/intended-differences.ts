import type { Difference } from "./differences.ts";

/** A difference to Apache Kafka that is meant to be. */
export interface IntendedDifference {
  /** Matches `API: title › version › /step/field/…`. */
  readonly where: RegExp;
  readonly reason: string;
}

/** Each must be seen in a run, or the run fails: what is not different any more must go. */
export const INTENDED_DIFFERENCES: readonly IntendedDifference[] = [
  {
    where: /^ApiVersions: .*\/apiKeys\/\d+$/,
    reason: "What is not served yet is not advertised.",
  },
  {
    where: /^ApiVersions: .*\/apiKeys\/(18|42)\/maxVersion$/,
    reason: "The ranges are those of Kafka 4.4; the Kafka that is compared may be older.",
  },
  {
    where: /^ApiVersions: .*\/(supported|finalized)Features\//,
    reason: "No feature is finalized while consumer groups of KIP-848, transactions and share groups are not served.",
  },
  {
    where: /^Metadata: an unknown topic, created on demand /,
    reason: "The topic is there with the answer; Kafka answers UNKNOWN_TOPIC_OR_PARTITION until it is created.",
  },
  {
    where: /^Metadata: neither an id nor a name /,
    reason: "Kafka answers UNKNOWN_SERVER_ERROR for the whole request; we say that the id is unknown.",
  },
  {
    where: /\/configs\/min\.insync\.replicas(\/.*[sS]ource|\/synonyms\/.*)?$/,
    reason: "Kafka writes this one default into the cluster (eligible leader replicas); there are no replicas here.",
  },
  {
    where: /^CreateTopics: three replicas /,
    reason: "The bucket replicates: 1 to 3 are accepted, because tools and tests ask for them, and mean the same.",
  },
  {
    where: /^DescribeConfigs: documentation .*\/documentation$/,
    reason: "Configs are explained in the docs, not on the wire.",
  },
  {
    where: /^DescribeConfigs: this broker .*\/readOnly$/,
    reason: "Broker configs are set where the broker is started.",
  },
  {
    where: /^AlterConfigs: a topic twice /,
    reason: "Kafka never answers; we refuse it, as IncrementalAlterConfigs does on both sides.",
  },
  {
    where: /^IncrementalAlterConfigs: an operation nobody knows /,
    reason: "Kafka answers UNKNOWN_SERVER_ERROR; that the request is wrong says more.",
  },
  {
    where: /^OffsetForLeaderEpoch: epoch minus 5 /,
    reason: "There is no such epoch; Kafka takes it for one before all others.",
  },
  {
    where: /^Produce: null records /,
    reason: "Kafka never answers; we say what an empty field gets.",
  },
  {
    where: /^Produce: a huge length /,
    reason: "Kafka answers UNKNOWN_SERVER_ERROR; a cut batch is refused as such.",
  },
  {
    where: /^Produce: the broker's time, set by the producer /,
    reason: "Producers must not claim the broker's time (KIP-32); Kafka takes it for the producer's.",
  },
  {
    where: /^Produce: a producer id without an epoch /,
    reason: "Ids and epochs come together; Kafka stores the batch under epoch -1.",
  },
  {
    where: /^Fetch: a follower that nobody knows .*\/nodeEndpoints\//,
    reason: "A hint at the leader comes with its address, also when it is the broker that was asked.",
  },
  {
    where: /^Fetch: .*\/sessionId$/,
    reason: "No fetch sessions: session 0 tells clients to send everything each time (KIP-227).",
  },
];

/** The entry that a difference falls under. */
export function intendedFor(where: string, { path }: Difference): IntendedDifference | undefined {
  return INTENDED_DIFFERENCES.find((intended) => intended.where.test(`${where} › ${path}`));
}
