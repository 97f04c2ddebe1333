import { sleep, type StreambedError } from "@streambed/kernel";
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment, encodeSubscription } from "@streambed/protocol";
import { HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, SYNC_GROUP } from "../apis/group-apis.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { asStreambedError, codeError } from "../errors.ts";
import { JOIN_GRACE_MS } from "../limits.ts";
import type { Api } from "../net/api.ts";
import { backoffMs } from "../net/backoff.ts";
import type { BodyOf } from "../net/broker-connection.ts";
import type { TopicPartition } from "../types.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import { type Committer, NO_MEMBER } from "./group-offsets.ts";
import { leaderAssignments } from "./leader-assignments.ts";

type JoinResponse = ReturnType<typeof JOIN_GROUP.decodeResponse>;

/** What membership needs from the consumer. */
export interface MembershipParts {
  readonly cluster: Cluster;
  readonly settings: ConsumerSettings & { readonly groupId: string };
  readonly lane: string;
  readonly onChange: () => void;
  /** Milliseconds since the application last called poll; 0 while it is in poll. */
  readonly sincePollMs: () => number;
}

/**
 * Where the member stands.
 *
 *   out -- join --> joining -- answers --> assigned -- taken by poll --> in
 *   in -- rebalance noticed --> in, rejoin wanted -- join --> joining
 *   in -- removed by the group, or max.poll.interval.ms over --> out, partitions lost
 *   anything -- refused for good --> failed, thrown by the next poll
 */
export type MembershipState =
  | { readonly name: "out" }
  | { readonly name: "joining" }
  | { readonly name: "assigned"; readonly partitions: readonly TopicPartition[] }
  | { readonly name: "in" }
  | { readonly name: "failed"; readonly error: StreambedError };

/** These start over with a new member id. */
const REMOVED: ReadonlySet<string> = new Set(["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"]);

/** A broker that gives out more ids than this for one join is not going to let anybody in. */
const MEMBER_IDS_MAX = 10;

/** A member of a classic consumer group. Joining and heartbeats run by themselves; poll only starts a join and takes its result. */
export class GroupMembership {
  readonly #parts: MembershipParts;
  #state: MembershipState = { name: "out" };
  #memberId = "";
  #generationId = -1;
  #topics: readonly string[] = [];
  /** Every topic the members of the group read, with its number of partitions; only the leader knows. */
  #watched: ReadonlyMap<string, number> | null = null;
  #rejoinWanted = true;
  #lost = false;
  /** Cancels what an older life of this member still does. */
  #life = new AbortController();
  #cancelHeartbeat: () => void = () => undefined;
  #beating = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  get state(): MembershipState {
    return this.#state;
  }

  /** A rebalance has begun, or never was: poll should give up its partitions and join. */
  get rejoinWanted(): boolean {
    return this.#rejoinWanted && this.#state.name !== "joining";
  }

  /** Poll has something to do: join, take an assignment, give up lost partitions, or throw. */
  get needsPoll(): boolean {
    return this.#lost || this.rejoinWanted || this.#state.name === "assigned" || this.#state.name === "failed";
  }

  get watched(): ReadonlyMap<string, number> | null {
    return this.#watched;
  }

  /** Who to commit as. */
  get committer(): Committer {
    if (this.#generationId < 0) return NO_MEMBER;
    const { groupInstanceId } = this.#parts.settings;
    return { generationId: this.#generationId, memberId: this.#memberId, groupInstanceId };
  }

  /** True once after the group removed this member: its partitions are somebody else's. */
  takeLost(): boolean {
    const lost = this.#lost;
    this.#lost = false;
    return lost;
  }

  /** Poll has taken over the partitions of an assignment. */
  takeAssigned(): void {
    this.#state = { name: "in" };
  }

  /** Poll has thrown the error; the next poll tries again. */
  takeFailure(): void {
    this.#generationId = -1;
    this.#state = { name: "out" };
    this.#rejoinWanted = true;
  }

  wantRejoin(): void {
    this.#rejoinWanted = true;
    this.#parts.onChange();
  }

  /** A commit was refused because the group went on without this member. */
  noteRefusal(error: StreambedError): void {
    if (REMOVED.has(error.code)) this.#dropOut();
    else if (error.code === "REBALANCE_IN_PROGRESS") this.wantRejoin();
  }

  /** Begins to join. The result is in `state`. */
  join(topics: readonly string[]): void {
    this.#topics = topics;
    this.#rejoinWanted = false;
    this.#state = { name: "joining" };
    this.#cancelHeartbeat();
    const { signal } = this.#life;
    this.#joinUntilDone(signal)
      .then(
        (partitions) => {
          if (!signal.aborted) this.#state = { name: "assigned", partitions };
        },
        (thrown: unknown) => {
          if (signal.aborted) return;
          this.#cancelHeartbeat();
          this.#state = { name: "failed", error: asStreambedError(thrown, "Joining the group") };
        },
      )
      .finally(this.#parts.onChange);
  }

  /** Stops heartbeats and tells the group, unless the member is static: such a one is expected back. */
  async leave(timeoutMs: number): Promise<void> {
    const { cluster, settings, lane } = this.#parts;
    const { groupId } = settings;
    const memberId = this.#memberId;
    this.#reset();
    this.#memberId = "";
    if (memberId === "" || settings.groupInstanceId !== null) return;
    // A join under way holds up its connection, so leaving takes another one.
    const leaving = cluster.call({
      api: LEAVE_GROUP,
      to: { coordinatorOf: groupId },
      lane: `${lane}-leave`,
      timeoutMs,
      body: (version) => (version >= 3 ? { groupId, members: [{ memberId }] } : { groupId, memberId }),
    });
    // The group removes the member after the session timeout anyway.
    await leaving.catch(() => undefined);
    cluster.pool.closeLane(`${lane}-leave`);
  }

  #reset(): void {
    this.#life.abort();
    // Answers come in order, so a JoinGroup nobody waits for would hold up the next one.
    if (this.#state.name === "joining") this.#parts.cluster.pool.closeLane(this.#parts.lane);
    this.#life = new AbortController();
    this.#cancelHeartbeat();
    this.#generationId = -1;
    this.#watched = null;
    this.#state = { name: "out" };
    this.#rejoinWanted = true;
  }

  /** The group has removed this member. */
  #dropOut(): void {
    this.#lost = this.#state.name === "in";
    this.#reset();
    this.#memberId = "";
    this.#parts.onChange();
  }

  async #joinUntilDone(signal: AbortSignal): Promise<readonly TopicPartition[]> {
    const { clock, random, retryBackoff } = this.#parts.cluster.settings;
    let memberIdsGiven = 0;
    for (let attempts = 0; ;) {
      try {
        return await this.#joinOnce(signal);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asStreambedError(thrown, `Joining group ${this.#parts.settings.groupId}`);
        // The broker gave an id, and wants to see it in a second request (KIP-394).
        if (error.code === "MEMBER_ID_REQUIRED" && memberIdsGiven++ < MEMBER_IDS_MAX) continue;
        if (REMOVED.has(error.code)) {
          this.#memberId = "";
          this.#generationId = -1;
        } else if (!error.retriable && error.code !== "REBALANCE_IN_PROGRESS") throw error;
        this.#parts.cluster.noteFailure({ coordinatorOf: this.#parts.settings.groupId }, error);
        await sleep(clock, backoffMs(retryBackoff, attempts++, random), signal);
      }
    }
  }

  async #joinOnce(signal: AbortSignal): Promise<readonly TopicPartition[]> {
    const { settings } = this.#parts;
    const { groupId, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs } = settings;
    const metadata = encodeSubscription({ topics: this.#topics, generationId: this.#generationId });
    const joined = await this.#ask(
      JOIN_GROUP,
      (version) => ({
        groupId,
        sessionTimeoutMs,
        ...(version >= 1 && { rebalanceTimeoutMs: maxPollIntervalMs }),
        memberId: this.#memberId,
        ...(version >= 5 && { groupInstanceId }),
        protocolType: CONSUMER_PROTOCOL_TYPE,
        protocols: settings.assignors.map((name) => ({ name, metadata })),
      }),
      { timeoutMs: Math.max(maxPollIntervalMs, sessionTimeoutMs) + JOIN_GRACE_MS, signal },
    );
    if (codeOf(joined) === "MEMBER_ID_REQUIRED") this.#memberId = joined.memberId;
    this.#check(joined.errorCode);
    this.#memberId = joined.memberId;
    this.#generationId = joined.generationId;
    this.#beatLater(signal);
    const assignment = await this.#sync(joined, signal);
    return decodeAssignment(assignment).assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
  }

  /** The leader sends everybody's assignment, the others only ask for theirs. */
  async #sync(joined: JoinResponse, signal: AbortSignal): Promise<Uint8Array> {
    const { cluster, settings } = this.#parts;
    const { groupId, groupInstanceId, maxPollIntervalMs } = settings;
    const allowAutoTopicCreation = settings.allowAutoCreateTopics;
    const leads = joined.leader === joined.memberId;
    const work = leads ? await leaderAssignments(cluster, joined, { allowAutoTopicCreation, signal }) : null;
    this.#watched = work?.watched ?? null;
    const synced = await this.#ask(
      SYNC_GROUP,
      (version) => ({
        groupId,
        generationId: joined.generationId,
        memberId: joined.memberId,
        ...(version >= 3 && { groupInstanceId }),
        ...(version >= 5 && { protocolType: CONSUMER_PROTOCOL_TYPE, protocolName: joined.protocolName }),
        assignments: joined.skipAssignment ? [] : (work?.assignments ?? []),
      }),
      { timeoutMs: maxPollIntervalMs + JOIN_GRACE_MS, signal },
    );
    this.#check(synced.errorCode);
    return synced.assignment;
  }

  #check(errorCode: number): void {
    if (errorCode !== 0) throw codeError(errorCode, `Group ${this.#parts.settings.groupId}`);
  }

  /** One request to the coordinator, on the lane of this consumer. */
  async #ask<Request, Response>(
    api: Api<Request, Response>,
    body: BodyOf<Request>,
    limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Response> {
    const { cluster, settings, lane } = this.#parts;
    const connection = await cluster.connection({ coordinatorOf: settings.groupId }, lane, limits.signal);
    return connection.request(api, body, limits);
  }

  #beatLater(signal: AbortSignal): void {
    this.#cancelHeartbeat();
    const { clock } = this.#parts.cluster.settings;
    this.#cancelHeartbeat = clock.schedule(this.#parts.settings.heartbeatIntervalMs, () => void this.#beat(signal));
  }

  /** One heartbeat. Depends on the clock only; what the application does shows in `sincePollMs`. */
  async #beat(signal: AbortSignal): Promise<void> {
    const { cluster, settings } = this.#parts;
    const { groupId, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs } = settings;
    if (this.#parts.sincePollMs() > maxPollIntervalMs) return this.#leaveIdle();
    this.#beatLater(signal);
    if (this.#beating) return;
    this.#beating = true;
    const { generationId, memberId } = this.committer;
    try {
      const { errorCode } = await this.#ask(
        HEARTBEAT,
        (version) => ({ groupId, generationId, memberId, ...(version >= 3 && { groupInstanceId }) }),
        { timeoutMs: Math.min(sessionTimeoutMs, cluster.settings.requestTimeoutMs), signal },
      );
      this.#check(errorCode);
    } catch (thrown) {
      // The answer of an older generation says nothing about this one, and a join finds out for itself.
      if (signal.aborted || generationId !== this.#generationId || this.#state.name === "joining") return;
      this.#noteHeartbeat(asStreambedError(thrown, "Heartbeat"));
    } finally {
      this.#beating = false;
    }
  }

  #noteHeartbeat(error: StreambedError): void {
    const { cluster, settings } = this.#parts;
    cluster.noteFailure({ coordinatorOf: settings.groupId }, error);
    if (error.code === "REBALANCE_IN_PROGRESS") return this.wantRejoin();
    if (REMOVED.has(error.code)) return this.#dropOut();
    if (error.retriable) return;
    this.#reset();
    this.#lost = true;
    this.#state = { name: "failed", error };
    this.#parts.onChange();
  }

  /** Poll was not called for too long: others should have the partitions (`max.poll.interval.ms`). */
  #leaveIdle(): void {
    const { cluster, settings } = this.#parts;
    cluster.settings.logger.log("warn", "consumer.max_poll_interval_exceeded", {
      groupId: settings.groupId,
      maxPollIntervalMs: settings.maxPollIntervalMs,
    });
    this.#lost = this.#state.name === "in";
    void this.leave(cluster.settings.requestTimeoutMs);
    this.#parts.onChange();
  }
}

function codeOf(response: { readonly errorCode: number }): string {
  return response.errorCode === 0 ? "NONE" : codeError(response.errorCode, "").code;
}
