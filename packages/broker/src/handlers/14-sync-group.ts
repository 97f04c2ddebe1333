import { syncError } from "@streambed/consumer-coordinator";
import type { SyncReply } from "@streambed/consumer-coordinator";
import type { ApiTypes } from "@streambed/protocol";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

/** From this version on, members must say what they believe the protocol to be (KIP-559). */
const PROTOCOL_FROM_VERSION = 5;

/** SyncGroup: answered when the leader's assignments are durable. */
export const syncGroupHandler: AnyHandler = handler({
  name: "SyncGroup",
  async handle(request, { broker, version }) {
    const { groupId, memberId, generationId, groupInstanceId, protocolType, protocolName } = request;
    if (version >= PROTOCOL_FROM_VERSION && (protocolType === null || protocolName === null))
      return response(syncError("INCONSISTENT_GROUP_PROTOCOL"));
    if (groupId === "") return response(syncError("INVALID_GROUP_ID"));
    const reply = await broker.groups.request<"sync">(groupId, {
      kind: "sync",
      memberId,
      instanceId: groupInstanceId,
      generation: generationId,
      protocolType,
      protocolName,
      // Copies: an assignment outlives the request's buffer.
      assignments: request.assignments.map((each) => ({
        memberId: each.memberId,
        assignment: each.assignment.slice(),
      })),
    });
    return response(reply);
  },
});

function response({
  error,
  protocolType,
  protocolName,
  assignment,
}: SyncReply): ApiTypes["SyncGroup"]["responseInput"] {
  return { errorCode: code(error), protocolType, protocolName, assignment };
}
