import { groupPartition, OFFSETS_TOPIC } from "@streambed/consumer-coordinator";
import type { PartitionedLog } from "@streambed/log-storage";
import type { ClusterView, Leader, Role } from "../ports/cluster-view.ts";

/** Why a broker does not answer for a group: another one coordinates it, or this one is about to. */
export type CoordinatorProblem = "NOT_COORDINATOR" | "COORDINATOR_LOAD_IN_PROGRESS";

/** Told when partitions of `__consumer_offsets` come to this broker, or go. */
interface PlaceListener {
  lost(): void;
  gained(): void;
}

/** Where groups are coordinated: by the leader of their partition of `__consumer_offsets`. */
export class GroupPlaces {
  readonly #cluster: ClusterView;
  readonly #log: PartitionedLog;
  readonly #topic: { readonly partitions: number };

  constructor(cluster: ClusterView, log: PartitionedLog, topic: { readonly partitions: number }) {
    this.#cluster = cluster;
    this.#log = log;
    this.#topic = topic;
  }

  /** True when this broker coordinates some groups. */
  get areHere(): boolean {
    return this.#roles().includes("leader");
  }

  coordinatorOf(groupId: string): Leader {
    return this.#cluster.leaderOf(this.#topicId(), groupPartition(groupId, this.#topic.partitions));
  }

  problem(groupId: string): CoordinatorProblem | undefined {
    const role = this.#cluster.roleOf(this.#topicId(), groupPartition(groupId, this.#topic.partitions));
    if (role === "leader") return undefined;
    return role === "becoming" ? "COORDINATOR_LOAD_IN_PROGRESS" : "NOT_COORDINATOR";
  }

  /** Calls back after partitions have come or gone. Returns the function that stops it. */
  onChange(listener: PlaceListener): () => void {
    let before = this.#roles();
    let topicId = this.#topicId();
    return this.#cluster.onChange(() => {
      const roles = this.#roles();
      // Before the topic was there, roles were those of where it would be created.
      const isOther = topicId !== this.#topicId();
      const isNew = (role: Role, at: number): boolean => role === "leader" && (isOther || before[at] !== "leader");
      const isGone = (role: Role, at: number): boolean => role === "leader" && roles[at] !== "leader";
      const [gained, lost] = [roles.some(isNew), before.some(isGone)];
      before = roles;
      topicId = this.#topicId();
      if (lost) listener.lost();
      if (gained) listener.gained();
    });
  }

  #roles(): Role[] {
    const topicId = this.#topicId();
    return Array.from({ length: this.#topic.partitions }, (_, partition) => this.#cluster.roleOf(topicId, partition));
  }

  #topicId(): string {
    return this.#log.view.topicNamed(OFFSETS_TOPIC)?.topicId ?? "";
  }
}
