import type { Admin, ItemResult, ListedOffset, OffsetSpec } from "../admin-types.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { invalidArgument, namedError } from "../errors.ts";
import { commitOffsets, fetchOffsets, NO_MEMBER } from "../consumer/group-offsets.ts";
import {
  EARLIEST,
  EARLIEST_LOCAL,
  LATEST,
  LATEST_TIERED,
  listOffsets,
  MAX_TIMESTAMP,
} from "../consumer/list-offsets.ts";
import { describeCluster, describeTopics, listGroups, listTopics } from "./cluster-admin.ts";
import { alterConfigs, describeConfigs } from "./config-admin.ts";
import { deleteGroups, deleteOffsets, describeGroups, partitionResult } from "./group-admin.ts";
import { createPartitions, createTopics, deleteRecords, deleteTopics } from "./topic-admin.ts";

/** The {@link Admin} of a cluster. */
export function createAdmin(cluster: Cluster): Admin {
  return {
    describeCluster: (options = {}) => describeCluster(cluster, options),
    listTopics: (options = {}) => listTopics(cluster, options),
    describeTopics: (names, options = {}) => describeTopics(cluster, names, options),
    createTopics: (topics, options = {}) => createTopics(cluster, topics, options),
    deleteTopics: (names, options = {}) => deleteTopics(cluster, names, options),
    createPartitions: (topics, options = {}) => createPartitions(cluster, topics, options),
    describeConfigs: (resources, options = {}) => describeConfigs(cluster, resources, options),
    alterConfigs: (changes, options = {}) => alterConfigs(cluster, changes, options),
    listOffsets: (partitions, options = {}) => listBySpec(cluster, partitions, options),
    deleteRecords: (partitions, options = {}) => deleteRecords(cluster, partitions, options),
    listGroups: (options = {}) => listGroups(cluster, options),
    describeGroups: (groupIds, options = {}) => describeGroups(cluster, groupIds, options),
    deleteGroups: (groupIds, options = {}) => deleteGroups(cluster, groupIds, options),
    fetchOffsets: (groupId, partitions, options = {}) =>
      fetchOffsets(cluster, { groupId, ...options }, partitions ?? "all"),
    async commitOffsets(groupId, offsets, options = {}) {
      const call = { groupId, committer: NO_MEMBER, ...options };
      const errors = await commitOffsets(cluster, call, offsets);
      return offsets.map((offset, at) => partitionResult(offset, errors[at] ?? null));
    },
    deleteOffsets: (groupId, partitions, options = {}) => deleteOffsets(cluster, { groupId, ...options }, partitions),
  };
}

async function listBySpec(
  cluster: Cluster,
  partitions: Parameters<Admin["listOffsets"]>[0],
  options: NonNullable<Parameters<Admin["listOffsets"]>[1]>,
): Promise<readonly ItemResult<ListedOffset>[]> {
  const queries = partitions.map(({ topic, partition, spec }) => ({ topic, partition, timestamp: timestampOf(spec) }));
  const answers = await listOffsets(cluster, queries, options);
  return queries.map(({ topic, partition }, at) => {
    const answer = answers[at];
    if (answer?.ok === true) return { ok: true, topic, partition, ...answer.value };
    const error = answer?.error ?? namedError("UNKNOWN_SERVER_ERROR", "ListOffsets");
    return { ok: false, topic, partition, error };
  });
}

function timestampOf(spec: OffsetSpec): bigint {
  switch (spec) {
    case "earliest":
      return EARLIEST;
    case "latest":
      return LATEST;
    case "max-timestamp":
      return MAX_TIMESTAMP;
    case "earliest-local":
      return EARLIEST_LOCAL;
    case "latest-tiered":
      return LATEST_TIERED;
    default:
      if (!Number.isSafeInteger(spec) || spec < 0)
        throw invalidArgument(`${spec} is not a time in milliseconds since 1970`);
      return BigInt(spec);
  }
}
