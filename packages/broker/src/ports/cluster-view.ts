import type { ItemError } from "../kafka-error.ts";
import type { TopicSpec } from "../topics/create-topic.ts";

/** A broker as clients are told of it. */
export interface ClusterBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** Who leads a partition. `nodeId` -1: nobody now. */
export interface Leader {
  readonly nodeId: number;
  readonly epoch: number;
}

/** What this broker is for a partition; `becoming` while it is taking its shard over. */
export type Role = "leader" | "becoming" | "follower";

/**
 * Which brokers there are and which of them leads what, as this broker sees it now. A hint: a broker that wrongly takes
 * itself for the leader is refused by the log. The default is one process that leads everything.
 */
export interface ClusterView {
  /** Those that clients may be sent to, this one among them. */
  readonly brokers: readonly ClusterBroker[];
  /** The broker that changes topics and configs: the owner of shard 0. -1: nobody now. */
  readonly controllerId: number;
  leaderOf(topicId: string, partition: number): Leader;
  roleOf(topicId: string, partition: number): Role;
  /** Calls back after each change. Returns the function that stops it. */
  onChange(listener: () => void): () => void;
  /** The way to the controller when it is another broker. Undefined: this broker is the controller for good. */
  readonly controller: ControllerLink | undefined;
}

/** Hands requests to the controller. */
export interface ControllerLink {
  /**
   * Sends a request frame as it came and resolves with the answer's frame; undefined when this broker is the controller
   * itself, or when no controller answered in time. Never rejects.
   */
  forward(frame: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * Has a topic created; resolves with what went wrong, if anything, or with `here` where `forward` gives undefined.
   * Never rejects.
   */
  createTopic(spec: TopicSpec): Promise<ItemError | "here" | undefined>;
}
