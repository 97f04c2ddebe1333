import type { ErrorName } from "@streambed/protocol";
import type { RequestEvent } from "./event.ts";
import type { Reply } from "./reply.ts";
import { joinError, syncError } from "./reply.ts";

/** The answer when the group does not exist; undefined when the request is one that makes a group. */
export function replyForAbsentGroup(event: RequestEvent): Reply | undefined {
  switch (event.kind) {
    case "join":
      return event.memberId === "" ? undefined : joinError("UNKNOWN_MEMBER_ID", event.memberId);
    case "sync":
      return syncError("UNKNOWN_MEMBER_ID");
    case "heartbeat":
      return { kind: "heartbeat", error: "UNKNOWN_MEMBER_ID" };
    case "leave": {
      const members = event.members.map((member) => ({ ...member, error: "UNKNOWN_MEMBER_ID" as const }));
      return { kind: "leave", error: "NONE", members };
    }
    case "commit":
      if (event.generation < 0) return undefined;
      // Clients below version 9 know no better word for it.
      return { kind: "commit", error: event.knowsGroupIdNotFound ? "GROUP_ID_NOT_FOUND" : "ILLEGAL_GENERATION" };
    case "delete":
      return { kind: "delete", error: "GROUP_ID_NOT_FOUND" };
    case "offset-delete":
      return { kind: "offset-delete", error: "GROUP_ID_NOT_FOUND", subscribedTopics: [] };
  }
}

/** Refuses a request before it reaches its group. */
export function refuseRequest(event: RequestEvent, error: ErrorName): Reply {
  switch (event.kind) {
    case "join":
      return joinError(error, event.memberId);
    case "sync":
      return syncError(error);
    case "leave":
      return { kind: "leave", error, members: [] };
    case "offset-delete":
      return { kind: "offset-delete", error, subscribedTopics: [] };
    case "heartbeat":
    case "commit":
    case "delete":
      return { kind: event.kind, error };
  }
}
