import { invariant, utf8 } from "@streambed/kernel";
import type { ErrorName } from "@streambed/protocol";
import type { GroupEvent, GroupRecord, GroupSettings, JoinEvent, RequestEvent } from "../group/event.ts";
import { DEFAULT_GROUP_SETTINGS } from "../group/event.ts";
import type { Group, Token } from "../group/group.ts";
import { newGroup } from "../group/group.ts";
import type { JoinReply, Reply, SyncReply } from "../group/reply.ts";
import { step } from "../group/step.ts";

/** Records that wait for the log. */
export interface WaitingWrite {
  readonly writeId: number;
  readonly records: readonly GroupRecord[];
}

type Request<Kind extends RequestEvent["kind"]> = Omit<Extract<RequestEvent, { kind: Kind }>, "token" | "kind">;

/** One group with a clock that a test moves and a log that is durable at once, unless a test holds it. */
export class GroupRun {
  group: Group;
  elapsedMs = 0;
  deadlineMs: number | undefined;
  /** While true, appends wait for {@link finishWrites}. */
  holdsWrites = false;
  readonly settings: GroupSettings;
  readonly replies: Map<Token, Reply> = new Map();
  readonly records: GroupRecord[] = [];
  waitingWrites: WaitingWrite[] = [];
  #nextToken = 1;

  constructor(settings: Partial<GroupSettings> = {}, group: Group = newGroup("g", 0)) {
    this.settings = { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0, ...settings };
    this.group = group;
  }

  /** Number of requests so far. */
  get sent(): number {
    return this.#nextToken - 1;
  }

  /** Sends a request; its reply, now or later, is in `replies` under the token. */
  send<Kind extends RequestEvent["kind"]>(kind: Kind, request: Request<Kind>): Token {
    const token = this.#nextToken++;
    // Spreading loses the tie between `kind` and the other fields; Request<Kind> has it.
    this.apply({ ...request, kind, token } as unknown as GroupEvent);
    return token;
  }

  apply(event: GroupEvent): void {
    const context = { elapsedMs: this.elapsedMs, nowMs: this.elapsedMs, settings: this.settings };
    const { group, effects, deadlineMs } = step(this.group, event, context);
    this.group = group;
    this.deadlineMs = deadlineMs;
    for (const effect of effects) {
      if (effect.kind === "append") this.waitingWrites.push(effect);
      else this.#reply(effect.token, effect.reply);
    }
    if (!this.holdsWrites) this.finishWrites(null);
  }

  finishWrites(error: ErrorName | null): void {
    for (let next = this.waitingWrites.shift(); next !== undefined; next = this.waitingWrites.shift()) {
      if (error === null) this.records.push(...next.records);
      this.apply({ kind: "written", writeId: next.writeId, error });
    }
  }

  /** Moves the clock, stopping at every deadline on the way. */
  advance(byMs: number): void {
    const untilMs = this.elapsedMs + byMs;
    while (this.deadlineMs !== undefined && this.deadlineMs <= untilMs) {
      this.elapsedMs = Math.max(this.elapsedMs, this.deadlineMs);
      this.apply({ kind: "tick" });
    }
    this.elapsedMs = untilMs;
  }

  /** The error of a reply; undefined while the request waits. */
  error(token: Token): ErrorName | undefined {
    return this.replies.get(token)?.error;
  }

  joined(token: Token): JoinReply {
    const reply = this.replies.get(token);
    invariant(reply?.kind === "join", `Request ${token} has no answer to a join`);
    return reply;
  }

  synced(token: Token): SyncReply {
    const reply = this.replies.get(token);
    invariant(reply?.kind === "sync", `Request ${token} has no answer to a sync`);
    return reply;
  }

  /** Sends a JoinGroup with usual values; by default one that needs no member id first. */
  join(changes: Partial<JoinEvent> = {}): Token {
    return this.send("join", {
      memberId: "",
      instanceId: null,
      clientId: "client",
      clientHost: "/127.0.0.1",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: utf8("m") }],
      requiresMemberId: false,
      canSkipAssignment: true,
      uniqueId: `${this.#nextToken}`,
      ...changes,
    });
  }

  sync(
    memberId: string,
    assignments: Readonly<Record<string, string>> = {},
    changes: Partial<Request<"sync">> = {},
  ): Token {
    return this.send("sync", {
      memberId,
      instanceId: null,
      generation: this.group.generation,
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: utf8(text) })),
      ...changes,
    });
  }

  heartbeat(memberId: string, changes: Partial<Request<"heartbeat">> = {}): ErrorName | undefined {
    const generation = this.group.generation;
    return this.error(this.send("heartbeat", { memberId, instanceId: null, generation, ...changes }));
  }

  leave(...memberIds: readonly string[]): Token {
    return this.send("leave", { members: memberIds.map((memberId) => ({ memberId, instanceId: null })) });
  }

  commit(memberId: string, changes: Partial<Request<"commit">> = {}): Token {
    const records = [{ key: utf8("k"), value: utf8("v") }];
    const generation = this.group.generation;
    return this.send("commit", {
      memberId,
      instanceId: null,
      generation,
      records,
      knowsGroupIdNotFound: true,
      ...changes,
    });
  }

  /** A stable group with that many members, whose ids come back; the first leads. */
  stable(count: number, changes: Partial<JoinEvent> = {}): readonly string[] {
    const first = this.joined(this.join(changes)).memberId;
    const memberIds = [first];
    while (memberIds.length < count) {
      const token = this.join(changes);
      for (const memberId of memberIds) this.join({ ...changes, memberId });
      memberIds.push(this.joined(token).memberId);
    }
    for (const memberId of memberIds.slice(1)) this.sync(memberId);
    this.sync(first, Object.fromEntries(memberIds.map((memberId, index) => [memberId, `part ${index}`])));
    invariant(this.group.state === "Stable", `The group is ${this.group.state}`);
    return memberIds;
  }

  #reply(token: Token, reply: Reply): void {
    invariant(!this.replies.has(token), `Request ${token} was answered twice`);
    this.replies.set(token, reply);
  }
}
