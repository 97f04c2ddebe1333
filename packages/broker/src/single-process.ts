import type { PartitionedLog } from "@streambed/log-storage";
import type { ClusterView } from "./ports/cluster-view.ts";
import type { BrokerSettings } from "./settings.ts";

/** A cluster of one process. Others may write to the same bucket; clients are not sent to them. */
export function singleProcess(log: PartitionedLog, settings: BrokerSettings): ClusterView {
  const { nodeId, advertisedHost: host, advertisedPort: port } = settings;
  return {
    brokers: [{ nodeId, host, port, rack: null }],
    controllerId: nodeId,
    leaderOf: (topicId, partition) => ({ nodeId, epoch: log.view.epochOf(topicId, partition) }),
    // The cluster may have grown by a shard that is being opened.
    roleOf: (topicId, partition) => (log.shardOf(topicId, partition) < 0 ? "becoming" : "leader"),
    onChange: () => () => undefined,
    controller: undefined,
  };
}
