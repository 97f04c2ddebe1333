import type { AssignorName, ConsumerOptions } from "../consumer-types.ts";
import { invalidArgument } from "../errors.ts";
import { bounded, milliseconds } from "../settings.ts";
import type { IsolationLevel } from "../types.ts";

/** Consumer options with every default filled in. */
export interface ConsumerSettings {
  readonly groupId: string | undefined;
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly maxPollRecords: number;
  readonly assignors: readonly AssignorName[];
  readonly autoOffsetReset: "earliest" | "latest" | "none";
  readonly enableAutoCommit: boolean;
  readonly autoCommitIntervalMs: number;
  readonly isolationLevel: IsolationLevel;
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly maxPartitionFetchBytes: number;
  readonly checkCrcs: boolean;
  readonly allowAutoCreateTopics: boolean;
}

const INT = { min: 0, max: 2_147_483_647 };
const POSITIVE = { min: 1, max: 2_147_483_647 };

/** Fills in Kafka's defaults and refuses what cannot be. Kind `invalid`, code `INVALID_CONFIG`. */
export function resolveConsumer(options: ConsumerOptions): ConsumerSettings {
  const { groupId, groupInstanceId } = options;
  if (groupId === "") throw invalidArgument("groupId is empty; leave it out, or give a name");
  if (groupInstanceId !== undefined && (groupInstanceId === "" || groupId === undefined)) {
    throw invalidArgument("groupInstanceId must not be empty, and needs a groupId");
  }
  if (options.enableAutoCommit === true && groupId === undefined) {
    throw invalidArgument("enableAutoCommit needs a groupId to commit for");
  }
  const sessionTimeoutMs = milliseconds("sessionTimeoutMs", options.sessionTimeoutMs, 45_000);
  const heartbeatIntervalMs = milliseconds("heartbeatIntervalMs", options.heartbeatIntervalMs, 3_000);
  if (heartbeatIntervalMs === 0 || heartbeatIntervalMs >= sessionTimeoutMs) {
    throw invalidArgument("heartbeatIntervalMs must be positive and shorter than sessionTimeoutMs, at most a third");
  }
  const assignors = options.partitionAssignmentStrategy ?? ["range", "roundrobin"];
  if (assignors.length === 0) throw invalidArgument("partitionAssignmentStrategy is empty; name an assignor");
  return {
    groupId,
    groupInstanceId: groupInstanceId ?? null,
    sessionTimeoutMs,
    heartbeatIntervalMs,
    maxPollIntervalMs: bounded("maxPollIntervalMs", options.maxPollIntervalMs ?? 300_000, POSITIVE),
    maxPollRecords: bounded("maxPollRecords", options.maxPollRecords ?? 500, POSITIVE),
    assignors,
    autoOffsetReset: options.autoOffsetReset ?? "latest",
    enableAutoCommit: options.enableAutoCommit ?? groupId !== undefined,
    autoCommitIntervalMs: milliseconds("autoCommitIntervalMs", options.autoCommitIntervalMs, 5_000),
    isolationLevel: options.isolationLevel ?? "read_uncommitted",
    fetchMinBytes: bounded("fetchMinBytes", options.fetchMinBytes ?? 1, INT),
    fetchMaxBytes: bounded("fetchMaxBytes", options.fetchMaxBytes ?? 52_428_800, POSITIVE),
    fetchMaxWaitMs: milliseconds("fetchMaxWaitMs", options.fetchMaxWaitMs, 500),
    maxPartitionFetchBytes: bounded("maxPartitionFetchBytes", options.maxPartitionFetchBytes ?? 1_048_576, POSITIVE),
    checkCrcs: options.checkCrcs ?? true,
    allowAutoCreateTopics: options.allowAutoCreateTopics ?? true,
  };
}
