import { OFFSETS_TOPIC } from "@streambed/consumer-coordinator";
import type {
  CommittedOffset,
  Group,
  GroupOffsets,
  RequestEvent,
  StoredGroups,
  TopicPartition,
} from "@streambed/consumer-coordinator";
import { loadGroup } from "@streambed/consumer-coordinator";
import type { Clock, Logger, Random } from "@streambed/kernel";
import { randomUuid } from "@streambed/kernel";
import type { PartitionedLog } from "@streambed/log-storage";
import type { ClusterView, Leader } from "../ports/cluster-view.ts";
import type { BrokerSettings } from "../settings.ts";
import { InternalTopic } from "../topics/append-internal.ts";
import { GroupAppender } from "./group-appender.ts";
import type { ReplyTo, RequestOf } from "./group-coordinator.ts";
import { GroupCoordinator } from "./group-coordinator.ts";
import { RETENTION_CHECK_INTERVAL_MS } from "./limits.ts";
import { GroupPlaces } from "./group-places.ts";
import type { CoordinatorProblem } from "./group-places.ts";
import { expireOffsets } from "./offset-expiry.ts";

/** What the group service is made of. */
export interface GroupServiceParts {
  readonly log: PartitionedLog;
  readonly storedGroups: StoredGroups;
  readonly cluster: ClusterView;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: BrokerSettings;
}

/** Consumer groups of this broker. */
export interface GroupService {
  /** Creates `__consumer_offsets` when it is missing. Rejects when the store cannot. */
  ensureTopic(): Promise<void>;
  /** Hands a request to its group; resolves with its reply, however long that takes. Never rejects. */
  request<Kind extends RequestEvent["kind"]>(groupId: string, request: RequestOf<Kind>): Promise<ReplyTo<Kind>>;
  /**
   * Starts the sessions of all members the log knows, so that those who died with a predecessor are noticed without
   * anybody asking. For a process that is the only coordinator; in a cluster it happens when a shard is gained.
   */
  resume(): void;
  /** The broker that coordinates a group. */
  coordinatorOf(groupId: string): Leader;
  /** Why this broker does not answer for a group; undefined when it does. */
  problem(groupId: string): CoordinatorProblem | undefined;
  /** Text for a new member id, unlike any other. */
  uniqueId(): string;
  /** Resolves when commits of the group that came before have settled, so that a reader sees them. Never rejects. */
  whenSettled(groupId: string): Promise<void>;
  /** Durable offsets of a group; empty when there is no such group. */
  offsets(groupId: string): GroupOffsets;
  committed(groupId: string, topicPartition: TopicPartition): CommittedOffset | undefined;
  /** Committed offsets over all groups. */
  readonly offsetCount: number;
  group(groupId: string): Group | undefined;
  /** Every group, active or stored. */
  list(): readonly Group[];
  /** Ends timers and refuses whatever waits. */
  close(): Promise<void>;
}

/** Starts the group service over the log's state. */
export function createGroupService(parts: GroupServiceParts): GroupService {
  const { log, storedGroups: stored, cluster, clock, random, logger, settings } = parts;
  const topic = new InternalTopic(parts, { name: OFFSETS_TOPIC, partitions: settings.offsetsTopicNumPartitions });
  const places = new GroupPlaces(cluster, log, topic);
  const appender = new GroupAppender(topic, { clock, logger });
  const coordinator = new GroupCoordinator({ stored, appender, clock, settings: groupSettings(settings) });
  const retentionMs = settings.offsetsRetentionMinutes * 60_000;
  const expiry = { stored, coordinator, appender, clock, retentionMs };
  let cancelRound: (() => void) | undefined;
  // From the first request on, so that a broker without groups has no timer.
  const startRounds = (): void => {
    cancelRound ??= clock.schedule(RETENTION_CHECK_INTERVAL_MS, () => {
      cancelRound = undefined;
      if (places.areHere) expireOffsets(expiry);
      startRounds();
    });
  };
  const resume = (): void => {
    startRounds();
    for (const groupId of stored.groups.keys()) {
      if (places.problem(groupId) === undefined) coordinator.group(groupId);
    }
  };
  const unlisten = places.onChange({
    lost: () => coordinator.drop((groupId) => places.problem(groupId) !== undefined),
    gained: resume,
  });
  return {
    ensureTopic: () => topic.ensure(),
    request: (groupId, request) => {
      startRounds();
      return coordinator.request(groupId, request, places.problem(groupId));
    },
    resume,
    coordinatorOf: (groupId) => places.coordinatorOf(groupId),
    problem: (groupId) => places.problem(groupId),
    whenSettled: (groupId) => appender.whenSettled(groupId),
    uniqueId: () => randomUuid(random),
    offsets: (groupId) => stored.groups.get(groupId)?.offsets ?? new Map(),
    committed: (groupId, { topic: name, partition }) => stored.groups.get(groupId)?.offsets.get(name)?.get(partition),
    get offsetCount() {
      return stored.offsetCount;
    },
    group: (groupId) => coordinator.group(groupId),
    list: () => listGroups(stored, coordinator, clock).filter(({ groupId }) => places.problem(groupId) === undefined),
    close: () => {
      cancelRound?.();
      unlisten();
      coordinator.close();
      return Promise.resolve();
    },
  };
}

function groupSettings(settings: BrokerSettings): ConstructorParameters<typeof GroupCoordinator>[0]["settings"] {
  return {
    initialRebalanceDelayMs: settings.groupInitialRebalanceDelayMs,
    minSessionTimeoutMs: settings.groupMinSessionTimeoutMs,
    maxSessionTimeoutMs: settings.groupMaxSessionTimeoutMs,
    maxSize: settings.groupMaxSize,
  };
}

function listGroups(stored: StoredGroups, coordinator: GroupCoordinator, clock: Clock): readonly Group[] {
  const now = { elapsedMs: clock.elapsed(), nowMs: clock.now() };
  const groups: Group[] = [];
  for (const groupId of new Set([...stored.groups.keys(), ...coordinator.activeGroupIds()])) {
    const active = coordinator.activeGroup(groupId);
    const metadata = stored.groups.get(groupId)?.metadata ?? null;
    groups.push(active ?? loadGroup(groupId, metadata, now));
  }
  return groups.filter(({ state }) => state !== "Dead");
}
