import type { ShardLog } from "@streambed/log-storage";
import type { ClusterView } from "./ports/cluster-view.ts";
import type { BrokerSettings } from "./settings.ts";

/** A cluster of one process. Others may write to the same bucket; clients are not sent to them. */
export function singleProcess(log: ShardLog, settings: BrokerSettings): ClusterView {
  const { nodeId, advertisedHost: host, advertisedPort: port } = settings;
  return {
    brokers: [{ nodeId, host, port, rack: null }],
    controllerId: nodeId,
    leaderOf: () => ({ nodeId, epoch: log.view.epoch }),
    roleOf: () => "leader",
    onChange: () => () => undefined,
    controller: undefined,
  };
}
