import { LIST_GROUPS } from "../apis/admin-apis.ts";
import type { ClusterDescription, GroupListing, ItemResult, TopicDescription, TopicListing } from "../admin-types.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { codeError, namedError } from "../errors.ts";

type Signal = { readonly signal?: AbortSignal | undefined };

/** Metadata of any broker. */
export async function describeCluster(cluster: Cluster, options: Signal): Promise<ClusterDescription> {
  const { metadata, settings } = cluster;
  await cluster.retrying("DescribeCluster", { timeoutMs: settings.defaultApiTimeoutMs, signal: options.signal }, () =>
    cluster.lookUp({ topics: [], allowAutoTopicCreation: false }),
  );
  const brokers = [...metadata.brokers].sort((left, right) => left.nodeId - right.nodeId);
  return { clusterId: metadata.clusterId, controllerId: metadata.controllerId, brokers };
}

/** All topics, in the order of their names. */
export async function listTopics(cluster: Cluster, options: Signal): Promise<readonly TopicListing[]> {
  const limit = { timeoutMs: cluster.settings.defaultApiTimeoutMs, signal: options.signal };
  const lookups = await cluster.retrying("ListTopics", limit, () =>
    cluster.lookUp({ topics: "all", allowAutoTopicCreation: false }),
  );
  return lookups
    .flatMap((lookup) => (lookup.ok ? [lookup.topic] : []))
    .map(({ name, topicId, internal, partitions }) => ({ name, topicId, internal, partitionCount: partitions.length }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Fresh metadata of some topics. A topic that is unknown is not asked for again. */
export async function describeTopics(
  cluster: Cluster,
  names: readonly string[],
  options: Signal,
): Promise<readonly ItemResult<TopicDescription>[]> {
  if (names.length === 0) return [];
  const limit = { timeoutMs: cluster.settings.defaultApiTimeoutMs, signal: options.signal };
  const lookups = await cluster.retrying("DescribeTopics", limit, () =>
    cluster.lookUp({ topics: names, allowAutoTopicCreation: false }),
  );
  return names.map((name): ItemResult<TopicDescription> => {
    const found = lookups.find((lookup) => (lookup.ok ? lookup.topic.name : lookup.name) === name);
    if (found?.ok === true) return { ok: true, ...found.topic };
    const error = found?.error ?? namedError("UNKNOWN_TOPIC_OR_PARTITION", `Description of topic ${name}`);
    return { ok: false, name, error };
  });
}

/** Groups of all brokers: each lists those it coordinates. */
export async function listGroups(
  cluster: Cluster,
  options: Signal & { readonly states?: readonly string[]; readonly types?: readonly string[] },
): Promise<readonly GroupListing[]> {
  const { states = [], types = [], signal } = options;
  const { brokers } = await describeCluster(cluster, options);
  const listings = await Promise.all(
    brokers.map(({ nodeId }) =>
      cluster.call({
        api: LIST_GROUPS,
        to: { nodeId },
        body: () => ({ statesFilter: states, typesFilter: types }),
        signal,
        check: ({ errorCode }) => {
          if (errorCode !== 0) throw codeError(errorCode, "ListGroups");
        },
      }),
    ),
  );
  const groups = new Map<string, GroupListing>();
  for (const { groupId, protocolType, groupState, groupType } of listings.flatMap((listing) => listing.groups)) {
    groups.set(groupId, { groupId, protocolType, state: groupState, type: groupType });
  }
  return [...groups.values()].sort((left, right) => (left.groupId < right.groupId ? -1 : 1));
}
