import type { Partition } from "@streambed/log-storage";
import type { BrokerCore } from "../broker-core.ts";
import { code, itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import type { ClusterBroker } from "../ports/cluster-view.ts";

type Cluster = Pick<BrokerCore, "cluster">;

/**
 * Why this broker does not answer for a partition; 0 when it does. The client's epoch is checked first, as in Kafka
 * (KIP-320); -1 means "do not check".
 */
export function leaderProblem({ cluster }: Cluster, { topicId, number }: Partition, clientEpoch = -1): number {
  const { epoch } = cluster.leaderOf(topicId, number);
  if (clientEpoch !== -1 && clientEpoch < epoch) return code("FENCED_LEADER_EPOCH");
  if (clientEpoch > epoch) return code("UNKNOWN_LEADER_EPOCH");
  return cluster.roleOf(topicId, number) === "leader" ? 0 : code("NOT_LEADER_OR_FOLLOWER");
}

/** Whether anybody leads a partition, as far as this broker knows. */
export function isLed({ cluster }: Cluster, { topicId, number }: Pick<Partition, "topicId" | "number">): boolean {
  return cluster.leaderOf(topicId, number).nodeId !== -1;
}

/** The refusal of a broker that does not lead a partition. */
export function notLeader(): ItemError {
  return itemError("NOT_LEADER_OR_FOLLOWER", "This broker does not lead the partition; look up its leader again.");
}

/** Where a partition is led now, if anywhere. */
interface LeaderHint {
  readonly currentLeader?: { readonly leaderId: number; readonly leaderEpoch: number };
}

/** Tells clients where to go along with the refusal, so that they need not ask (KIP-951). */
export class LeaderHints {
  readonly #cluster: BrokerCore["cluster"];
  readonly #isKnown: boolean;
  readonly #named: Set<number> = new Set();

  /** `isKnown`: the version of the answer has a place for hints. */
  constructor({ cluster }: Cluster, isKnown: boolean) {
    this.#cluster = cluster;
    this.#isKnown = isKnown;
  }

  /** The hint for a partition that is answered with this error. */
  of(errorCode: number, topicId: string | undefined, partition: number): LeaderHint {
    const helps = errorCode === code("NOT_LEADER_OR_FOLLOWER") || errorCode === code("FENCED_LEADER_EPOCH");
    if (!helps || !this.#isKnown || topicId === undefined) return {};
    const { nodeId, epoch } = this.#cluster.leaderOf(topicId, partition);
    if (nodeId === -1) return {};
    this.#named.add(nodeId);
    return { currentLeader: { leaderId: nodeId, leaderEpoch: epoch } };
  }

  /** Addresses of the brokers that were named. */
  endpoints(): { readonly nodeEndpoints?: readonly ClusterBroker[] } {
    if (this.#named.size === 0) return {};
    return { nodeEndpoints: this.#cluster.brokers.filter(({ nodeId }) => this.#named.has(nodeId)) };
  }
}
