import { expect, it } from "vitest";
import { refuseRequest, replyForAbsentGroup } from "./absent-group.ts";
import type { CommitEvent, JoinEvent, RequestEvent } from "./event.ts";

const MEMBER = { token: 1, memberId: "m", instanceId: null, generation: 1 };
const JOIN: JoinEvent = {
  kind: "join",
  token: 1,
  memberId: "m",
  instanceId: null,
  clientId: "",
  clientHost: "",
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 6_000,
  protocolType: "consumer",
  protocols: [],
  requiresMemberId: true,
  canSkipAssignment: true,
  uniqueId: "u",
};
const COMMIT: CommitEvent = { kind: "commit", ...MEMBER, records: [], knowsGroupIdNotFound: true };

it.each<[RequestEvent, string | undefined]>([
  [JOIN, "UNKNOWN_MEMBER_ID"],
  [{ ...JOIN, memberId: "" }, undefined],
  [{ kind: "sync", ...MEMBER, protocolType: null, protocolName: null, assignments: [] }, "UNKNOWN_MEMBER_ID"],
  [{ kind: "heartbeat", ...MEMBER }, "UNKNOWN_MEMBER_ID"],
  [{ kind: "leave", token: 1, members: [] }, "NONE"],
  [COMMIT, "GROUP_ID_NOT_FOUND"],
  [{ ...COMMIT, knowsGroupIdNotFound: false }, "ILLEGAL_GENERATION"],
  [{ ...COMMIT, generation: -1 }, undefined],
  [{ kind: "delete", token: 1, tombstones: [] }, "GROUP_ID_NOT_FOUND"],
  [{ kind: "offset-delete", token: 1, topics: [] }, "GROUP_ID_NOT_FOUND"],
])("a group that does not exist answers %o with %s", (event, error) => {
  expect(replyForAbsentGroup(event)?.error).toBe(error);
  expect(refuseRequest(event, "NOT_COORDINATOR")).toMatchObject({ kind: event.kind, error: "NOT_COORDINATOR" });
});

it("tells every member that wants to leave a group that does not exist", () => {
  const members = [{ memberId: "m", instanceId: null }];
  expect(replyForAbsentGroup({ kind: "leave", token: 1, members })).toMatchObject({
    members: [{ memberId: "m", error: "UNKNOWN_MEMBER_ID" }],
  });
});
