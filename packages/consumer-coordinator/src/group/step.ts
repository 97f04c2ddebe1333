/*
 * A classic consumer group as a state machine.
 *
 *                          a member joins
 *              +-------+  ---------------->  +--------------------+  <------------------------------+
 *   new,  -->  | Empty |                     | PreparingRebalance |                                 |
 *   loaded     +-------+  <----------------  +--------------------+  <-----------+                  |
 *                  |        nobody is left             |                         |                  |
 *      DeleteGroups|                                   | all known members have  | a member joins,  | a member joins,
 *       or expired |                                   | joined, or the longest  | leaves, dies, or | leaves or dies;
 *                  v                                   | rebalance timeout is    | never syncs      | the leader joins
 *              +-------+                               v over: generation + 1    |                  | again
 *              | Dead  |                     +---------------------+ ------------+                  |
 *              +-------+                     | CompletingRebalance |                                |
 *                                            +---------------------+                                |
 *                                                      | the leader's assignments                   |
 *                                                      v are durable                                |
 *                                                 +--------+                                        |
 *   loaded with members ------------------------> | Stable | ---------------------------------------+
 *                                                 +--------+
 *
 * The first generation of an empty group waits `group.initial.rebalance.delay.ms` for more members, and again while
 * they keep coming. Every request is answered exactly once: at once, at the end of a phase, or when records are durable.
 */
import type { ErrorName } from "@streambed/protocol";
import { commit } from "./commit.ts";
import { deleteGroup, deleteOffsets, deletionWritten } from "./delete.ts";
import { Draft } from "./draft.ts";
import type { GroupEvent, StepContext, StepResult } from "./event.ts";
import type { Group } from "./group.ts";
import { heartbeat } from "./heartbeat.ts";
import { join } from "./join.ts";
import { leave } from "./leave.ts";
import { assignmentWritten, sync } from "./sync.ts";
import { tick } from "./tick.ts";

/**
 * What becomes of a group when something happens to it. Pure: time, ids and the results of appends come in, replies and
 * records go out.
 *
 * @example const { group, effects, deadlineMs } = step(newGroup("g", nowMs), event, { elapsedMs, nowMs, settings });
 */
export function step(group: Group, event: GroupEvent, context: StepContext): StepResult {
  const draft = new Draft(group, context);
  apply(draft, event);
  return draft.finish();
}

function apply(draft: Draft, event: GroupEvent): void {
  switch (event.kind) {
    case "join":
      return join(draft, event);
    case "sync":
      return sync(draft, event);
    case "heartbeat":
      return heartbeat(draft, event);
    case "leave":
      return leave(draft, event);
    case "commit":
      return commit(draft, event);
    case "delete":
      return deleteGroup(draft, event);
    case "offset-delete":
      return deleteOffsets(draft, event);
    case "written":
      return written(draft, event.writeId, event.error);
    case "tick":
      return tick(draft);
    case "superseded":
      for (const member of draft.members.values()) draft.remove(member, "NOT_COORDINATOR");
      return draft.end();
  }
}

function written(draft: Draft, writeId: number, error: ErrorName | null): void {
  const write = draft.writes.get(writeId);
  if (write === undefined) return;
  draft.writes.delete(writeId);
  const isDurable = error === null;
  switch (write.kind) {
    case "assignment":
      return assignmentWritten(draft, write, isDurable);
    case "delete":
      return deletionWritten(draft, write, isDurable);
    case "reply":
      return draft.replyAll(isDurable ? write.durable : write.failed);
  }
}
