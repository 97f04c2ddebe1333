import {
  isIdle,
  limits,
  loadGroup,
  newGroup,
  refuseRequest,
  replyForAbsentGroup,
  step,
} from "@streambed/consumer-coordinator";
import type {
  Effect,
  Group,
  GroupEvent,
  GroupSettings,
  Reply,
  RequestEvent,
  StoredGroups,
  Token,
} from "@streambed/consumer-coordinator";
import type { Clock } from "@streambed/kernel";
import type { ErrorName } from "@streambed/protocol";
import type { GroupAppender } from "./group-appender.ts";
import { WAITING_REQUESTS_MAX } from "./limits.ts";

/** A request of a kind, before it is given a token. */
export type RequestOf<Kind extends RequestEvent["kind"]> = Omit<Extract<RequestEvent, { kind: Kind }>, "token">;

/** The reply to a request of a kind. */
export type ReplyTo<Kind extends RequestEvent["kind"]> = Extract<Reply, { kind: Kind }>;

/** What the coordinator drives groups with. */
export interface CoordinatorParts {
  readonly stored: StoredGroups;
  readonly appender: GroupAppender;
  readonly clock: Clock;
  readonly settings: GroupSettings;
}

/** A group in memory, with its one timer. */
interface ActiveGroup {
  group: Group;
  /** The record the group was loaded from or last wrote; another one means that somebody else wrote it. */
  seen: Uint8Array | null;
  timer: { readonly firesAtMs: number; cancel(): void } | undefined;
}

interface Waiting {
  readonly groupId: string;
  readonly event: RequestEvent;
  resolve(reply: Reply): void;
}

/**
 * Drives the groups of this process: one step after the other for each group, replies and records where they belong,
 * one timer per group. A group that is empty is forgotten; the log has all that counts.
 */
export class GroupCoordinator {
  readonly #parts: CoordinatorParts;
  readonly #active: Map<string, ActiveGroup> = new Map();
  readonly #waiting: Map<Token, Waiting> = new Map();
  #nextToken = 1;
  #closed = false;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
  }

  /**
   * Hands a request to its group, unless there is a reason to refuse it. Requests of a group take effect in the order of
   * calls. Never rejects.
   */
  request<Kind extends RequestEvent["kind"]>(
    groupId: string,
    request: RequestOf<Kind>,
    refusal?: ErrorName,
  ): Promise<ReplyTo<Kind>> {
    const token = this.#nextToken++;
    // Omit loses what `Kind` says about the other fields; they are those of the same event.
    const event = { ...request, token } as unknown as RequestEvent;
    const answered = Promise.withResolvers<Reply>();
    this.#waiting.set(token, { groupId, event, resolve: answered.resolve });
    if (this.#closed || this.#waiting.size > WAITING_REQUESTS_MAX)
      this.#answer(token, refuseRequest(event, "COORDINATOR_NOT_AVAILABLE"));
    else if (refusal !== undefined) this.#answer(token, refuseRequest(event, refusal));
    else this.#dispatch(groupId, event);
    // A group answers a request with a reply of its kind.
    return answered.promise as Promise<ReplyTo<Kind>>;
  }

  /** Removes a group that has nothing left; its members, if it has any after all, keep it alive. */
  expire(groupId: string, tombstones: Extract<RequestEvent, { kind: "delete" }>["tombstones"]): void {
    const active = this.#find(groupId);
    if (active !== undefined) this.#step(active, { kind: "delete", token: null, tombstones });
  }

  /** The group as it is now, or undefined when there is none. Its sessions run from now on. */
  group(groupId: string): Group | undefined {
    const active = this.#find(groupId);
    if (active !== undefined) this.#step(active, { kind: "tick" });
    return active?.group;
  }

  /** The group if it is in memory; does not bring it there. */
  activeGroup(groupId: string): Group | undefined {
    return this.#active.get(groupId)?.group;
  }

  /** Ids of the groups in memory. */
  activeGroupIds(): Iterable<string> {
    return this.#active.keys();
  }

  /** Forgets groups that another process coordinates now; whoever waits is told to look for it. */
  drop(isElsewhere: (groupId: string) => boolean): void {
    for (const [groupId, active] of this.#active) {
      if (!isElsewhere(groupId)) continue;
      this.#step(active, { kind: "superseded" });
      active.timer?.cancel();
      active.timer = undefined;
      this.#active.delete(groupId);
    }
    // Those whose records are on their way to a store that may not answer for long.
    for (const [token, { groupId, event }] of this.#waiting)
      if (isElsewhere(groupId)) this.#answer(token, refuseRequest(event, "NOT_COORDINATOR"));
  }

  /** Stops all timers and refuses whatever waits. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#active.values()) timer?.cancel();
    this.#active.clear();
    for (const [token, { event }] of this.#waiting)
      this.#answer(token, refuseRequest(event, "COORDINATOR_NOT_AVAILABLE"));
  }

  #dispatch(groupId: string, event: RequestEvent): void {
    const found = this.#find(groupId);
    if (found !== undefined) return this.#step(found, event);
    const reply = replyForAbsentGroup(event);
    if (reply !== undefined) return this.#answer(event.token, reply);
    if (this.#active.size >= limits.ACTIVE_GROUPS_MAX)
      return this.#answer(event.token, refuseRequest(event, "COORDINATOR_NOT_AVAILABLE"));
    this.#step(this.#activate(newGroup(groupId, this.#parts.clock.now())), event);
  }

  /** The group from memory, else from the log. */
  #find(groupId: string): ActiveGroup | undefined {
    const active = this.#active.get(groupId);
    if (active !== undefined && !this.#isSuperseded(active)) return active;
    if (active !== undefined) this.#step(active, { kind: "superseded" });
    const stored = this.#parts.stored.groups.get(groupId);
    if (stored === undefined) return undefined;
    const { clock } = this.#parts;
    return this.#activate(loadGroup(groupId, stored.metadata, { elapsedMs: clock.elapsed(), nowMs: clock.now() }));
  }

  #activate(group: Group): ActiveGroup {
    const active: ActiveGroup = { group, seen: this.#storedMetadata(group.groupId), timer: undefined };
    this.#active.set(group.groupId, active);
    return active;
  }

  #isSuperseded({ group, seen }: ActiveGroup): boolean {
    return group.writes.size === 0 && this.#storedMetadata(group.groupId) !== seen;
  }

  #storedMetadata(groupId: string): Uint8Array | null {
    return this.#parts.stored.groups.get(groupId)?.metadata ?? null;
  }

  #step(active: ActiveGroup, event: GroupEvent): void {
    const { clock, settings } = this.#parts;
    const context = { elapsedMs: clock.elapsed(), nowMs: clock.now(), settings };
    const { group, effects, deadlineMs } = step(active.group, event, context);
    active.group = group;
    for (const effect of effects) this.#perform(active, effect);
    this.#settle(active, deadlineMs);
  }

  #perform(active: ActiveGroup, effect: Effect): void {
    switch (effect.kind) {
      case "reply":
        return this.#answer(effect.token, effect.reply);
      case "append":
        void this.#append(active, effect);
        return;
    }
  }

  async #append(active: ActiveGroup, { writeId, records }: Extract<Effect, { kind: "append" }>): Promise<void> {
    const isDurable = await this.#parts.appender.append(active.group.groupId, records);
    if (this.#closed) return;
    active.seen = this.#storedMetadata(active.group.groupId);
    this.#step(active, { kind: "written", writeId, error: isDurable ? null : "COORDINATOR_NOT_AVAILABLE" });
  }

  #answer(token: Token | null, reply: Reply): void {
    if (token === null) return;
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    waiting?.resolve(reply);
  }

  #settle(active: ActiveGroup, deadlineMs: number | undefined): void {
    const { groupId } = active.group;
    if (isIdle(active.group)) {
      active.timer?.cancel();
      active.timer = undefined;
      if (this.#active.get(groupId) === active) this.#active.delete(groupId);
      return;
    }
    if (deadlineMs !== undefined) this.#arm(active, deadlineMs);
  }

  /** A timer that fires too early only looks again, so a heartbeat, which moves the deadline away, need not touch it. */
  #arm(active: ActiveGroup, deadlineMs: number): void {
    if (active.timer !== undefined && active.timer.firesAtMs <= deadlineMs) return;
    active.timer?.cancel();
    const { clock } = this.#parts;
    const cancel = clock.schedule(Math.max(0, deadlineMs - clock.elapsed()), () => {
      active.timer = undefined;
      this.#step(active, { kind: "tick" });
    });
    active.timer = { firesAtMs: deadlineMs, cancel };
  }
}
