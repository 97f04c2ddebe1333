import { joinError } from "@streambed/consumer-coordinator";
import type { JoinReply } from "@streambed/consumer-coordinator";
import type { ApiTypes } from "@streambed/protocol";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

/** First versions with something new. */
const REBALANCE_TIMEOUT_VERSION = 1;
const REQUIRES_MEMBER_ID_VERSION = 4;
const NULLABLE_PROTOCOL_VERSION = 7;
const SKIP_ASSIGNMENT_VERSION = 9;

/** JoinGroup: answered when the generation begins, which may take as long as the rebalance timeout. */
export const joinGroupHandler: AnyHandler = handler({
  name: "JoinGroup",
  async handle(request, { broker, version, clientId, clientHost }) {
    const { groupId, memberId, sessionTimeoutMs } = request;
    if (groupId === "") return response(joinError("INVALID_GROUP_ID", memberId), version);
    const reply = await broker.groups.request<"join">(groupId, {
      kind: "join",
      memberId,
      instanceId: request.groupInstanceId,
      clientId,
      // With a slash in front, as Java prints addresses and tools expect them.
      clientHost: `/${clientHost}`,
      sessionTimeoutMs,
      rebalanceTimeoutMs: version >= REBALANCE_TIMEOUT_VERSION ? request.rebalanceTimeoutMs : sessionTimeoutMs,
      protocolType: request.protocolType,
      // Copies: metadata outlives the request's buffer.
      protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() })),
      requiresMemberId: version >= REQUIRES_MEMBER_ID_VERSION,
      canSkipAssignment: version >= SKIP_ASSIGNMENT_VERSION,
      uniqueId: broker.groups.uniqueId(),
    });
    return response(reply, version);
  },
});

function response(reply: JoinReply, version: number): ApiTypes["JoinGroup"]["responseInput"] {
  const { error, generation, protocolType, protocolName, leader, skipAssignment, memberId, members } = reply;
  return {
    errorCode: code(error),
    generationId: generation,
    protocolType,
    protocolName: version >= NULLABLE_PROTOCOL_VERSION ? protocolName : (protocolName ?? ""),
    leader,
    skipAssignment,
    memberId,
    members: members.map((member) => ({ ...member })),
  };
}
