import type { Random } from "@streambed/kernel";
import { decodeAssignment, encodeAssignment, encodeSubscription, rangeAssignor } from "@streambed/protocol";
import type { Token } from "../group/group.ts";
import type { JoinReply } from "../group/reply.ts";
import type { GroupRun } from "./group-run.ts";

/** Partitions of the one topic that simulated members read. */
export const PARTITIONS = 6;
export const SESSION_MS = 6_000;
export const REBALANCE_MS = 15_000;
const HEARTBEAT_MS = 2_000;

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "joining"; readonly token: Token }
  | { readonly kind: "syncing"; readonly token: Token; readonly generation: number }
  | { readonly kind: "working"; readonly generation: number; readonly partitions: readonly number[] }
  | { readonly kind: "gone" };

/** What a member learned about its share. */
export interface Grant {
  readonly owner: string;
  readonly generation: number;
  readonly partitions: readonly number[];
}

/** A consumer as the protocol sees it: joins, syncs, heartbeats, and starts over when told to. */
export class SimulatedMember {
  phase: Phase = { kind: "idle" };
  memberId = "";
  /** Does nothing before this time. */
  frozenUntilMs = 0;
  readonly instanceId: string | null;
  readonly #run: GroupRun;
  readonly #onGrant: (grant: Grant) => void;
  #nextHeartbeatMs = 0;

  constructor(run: GroupRun, instanceId: string | null, onGrant: (grant: Grant) => void) {
    this.#run = run;
    this.instanceId = instanceId;
    this.#onGrant = onGrant;
  }

  get isGone(): boolean {
    return this.phase.kind === "gone";
  }

  /** Acts on whatever was answered meanwhile. */
  act(random: Random): void {
    if (this.#run.elapsedMs < this.frozenUntilMs) return;
    const { phase } = this;
    switch (phase.kind) {
      case "gone":
        return;
      case "idle":
        return this.#join();
      case "joining":
        // The connection broke: the same member asks again on another one.
        if (random.fraction() < 0.02 && this.memberId !== "") return this.#join();
        return this.#run.replies.has(phase.token) ? this.#joined(this.#run.joined(phase.token)) : undefined;
      case "syncing":
        return this.#run.replies.has(phase.token) ? this.#synced(phase) : undefined;
      case "working":
        if (random.fraction() < 0.1) this.#follow(this.#run.error(this.#commit(phase.generation)));
        if (this.#run.elapsedMs >= this.#nextHeartbeatMs) this.#heartbeat(phase.generation);
    }
  }

  leave(): void {
    if (this.memberId !== "")
      this.#run.send("leave", { members: [{ memberId: this.memberId, instanceId: this.instanceId }] });
    this.phase = { kind: "gone" };
  }

  die(): void {
    this.phase = { kind: "gone" };
  }

  #join(): void {
    const token = this.#run.join({
      memberId: this.memberId,
      instanceId: this.instanceId,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocols: [{ name: "range", metadata: encodeSubscription({ topics: ["t"] }) }],
      requiresMemberId: true,
    });
    this.phase = { kind: "joining", token };
  }

  #joined(reply: JoinReply): void {
    if (reply.error === "MEMBER_ID_REQUIRED") {
      this.memberId = reply.memberId;
      return this.#join();
    }
    if (reply.error !== "NONE") return this.#follow(reply.error);
    this.memberId = reply.memberId;
    const { generation, leader, skipAssignment } = reply;
    const leads = leader === this.memberId && !skipAssignment;
    const token = this.#run.send("sync", {
      memberId: this.memberId,
      instanceId: this.instanceId,
      generation,
      protocolType: "consumer",
      protocolName: "range",
      assignments: leads ? divide(reply) : [],
    });
    this.phase = { kind: "syncing", token, generation };
  }

  #synced({ token, generation }: Extract<Phase, { kind: "syncing" }>): void {
    const { error, assignment } = this.#run.synced(token);
    if (error !== "NONE") return this.#follow(error);
    const partitions = decodeAssignment(assignment).assignedPartitions.flatMap((each) => each.partitions);
    this.phase = { kind: "working", generation, partitions };
    this.#nextHeartbeatMs = this.#run.elapsedMs + HEARTBEAT_MS;
    this.#onGrant({ owner: this.instanceId ?? this.memberId, generation, partitions });
  }

  #heartbeat(generation: number): void {
    this.#nextHeartbeatMs = this.#run.elapsedMs + HEARTBEAT_MS;
    this.#follow(this.#run.heartbeat(this.memberId, { instanceId: this.instanceId, generation }));
  }

  #commit(generation: number): Token {
    return this.#run.commit(this.memberId, { instanceId: this.instanceId, generation });
  }

  /** What consumers do about an error. */
  #follow(error: string | undefined): void {
    switch (error) {
      case undefined:
      case "NONE":
        return;
      case "FENCED_INSTANCE_ID":
        this.phase = { kind: "gone" };
        return;
      case "UNKNOWN_MEMBER_ID":
        this.memberId = "";
        this.phase = { kind: "idle" };
        return;
      case "REBALANCE_IN_PROGRESS":
      case "ILLEGAL_GENERATION":
      case "COORDINATOR_NOT_AVAILABLE":
        this.phase = { kind: "idle" };
        return;
      default:
        throw new Error(`A member was told ${error}`);
    }
  }
}

function divide({ members }: JoinReply): { readonly memberId: string; readonly assignment: Uint8Array }[] {
  const subscribers = members.map((member) => ({ ...member, topics: ["t"] }));
  return [...rangeAssignor(subscribers, new Map([["t", PARTITIONS]]))].map(([memberId, assignedPartitions]) => ({
    memberId,
    assignment: encodeAssignment({ assignedPartitions }),
  }));
}
