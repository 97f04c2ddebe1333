import type { LeaveReply } from "@streambed/consumer-coordinator";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

/** From this version on, one request names several members, each with its own result. */
const SEVERAL_MEMBERS_VERSION = 3;

/** LeaveGroup: members leave, or an administrator removes them. */
export const leaveGroupHandler: AnyHandler = handler({
  name: "LeaveGroup",
  async handle(request, { broker, version }) {
    const { groupId, memberId } = request;
    if (groupId === "") return { errorCode: code("INVALID_GROUP_ID"), members: [] };
    const named = version >= SEVERAL_MEMBERS_VERSION ? request.members : [{ memberId, groupInstanceId: null }];
    const members = named.map((member) => ({ memberId: member.memberId, instanceId: member.groupInstanceId }));
    const reply = await broker.groups.request<"leave">(groupId, { kind: "leave", members });
    if (version < SEVERAL_MEMBERS_VERSION) return { errorCode: code(onlyError(reply)), members: [] };
    return {
      errorCode: code(reply.error),
      members: reply.members.map((left) => ({
        memberId: left.memberId,
        groupInstanceId: left.instanceId,
        errorCode: code(left.error),
      })),
    };
  },
});

function onlyError({ error, members }: LeaveReply): LeaveReply["error"] {
  return error === "NONE" ? (members[0]?.error ?? "NONE") : error;
}
