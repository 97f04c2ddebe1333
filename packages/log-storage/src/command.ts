import type { ForgetPacksCommand, InstallCommand, InstallOutcome } from "./install-command.ts";

/** Creates a topic. The proposer chooses the id; the first entry in the log with a name wins. */
export interface CreateTopicCommand {
  readonly kind: "create-topic";
  readonly topicId: string;
  readonly name: string;
  readonly partitions: number;
  /** Config overrides, Kafka's names. */
  readonly configs: ReadonlyMap<string, string>;
}

/** Deletes a topic, its partitions and their index. */
export interface DeleteTopicCommand {
  readonly kind: "delete-topic";
  readonly topicId: string;
}

/** Grows a topic to `partitions`. */
export interface CreatePartitionsCommand {
  readonly kind: "create-partitions";
  readonly topicId: string;
  readonly partitions: number;
}

/** Sets config overrides; null removes one. */
export interface AlterConfigsCommand {
  readonly kind: "alter-configs";
  readonly topicId: string;
  readonly changes: ReadonlyMap<string, string | null>;
}

/** Reserves `count` producer ids for the writer; never handed out twice. */
export interface AllocateProducerIdsCommand {
  readonly kind: "allocate-producer-ids";
  readonly count: number;
}

/** Claims the shard: the entry that carries it has a higher epoch than all before it. */
export interface TakeoverCommand {
  readonly kind: "takeover";
  readonly writerId: string;
  /** Broker id of the new owner; -1: it has none. */
  readonly nodeId: number;
}

/** Gives the shard up, so that a successor need not wait: nobody owns it afterwards. */
export interface ReleaseCommand {
  readonly kind: "release";
  readonly writerId: string;
}

/** Moves the log start of a partition forward; never back. */
export interface AdvanceStartCommand {
  readonly kind: "advance-start";
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
}

export type { ForgetPacksCommand, InstallCommand, InstallOutcome, InstallPart } from "./install-command.ts";

/** A change of state that travels in an entry's header and is applied by the fold. */
export type Command =
  | CreateTopicCommand
  | DeleteTopicCommand
  | CreatePartitionsCommand
  | AlterConfigsCommand
  | AllocateProducerIdsCommand
  | TakeoverCommand
  | ReleaseCommand
  | AdvanceStartCommand
  | InstallCommand
  | ForgetPacksCommand;

/** What the fold made of a command. */
export type CommandOutcome =
  | { readonly status: "applied" }
  | { readonly status: "allocated"; readonly firstProducerId: number }
  | InstallOutcome
  | { readonly status: "rejected"; readonly reason: CommandRejection };

/** Why a command changed nothing. */
export type CommandRejection =
  | "topic-exists"
  | "unknown-topic"
  | "invalid-partitions"
  | "limit"
  | "not-applied"
  | "too-old";
