import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

/** Heartbeat of a group member. */
export const heartbeatHandler: AnyHandler = handler({
  name: "Heartbeat",
  async handle({ groupId, generationId, memberId, groupInstanceId }, { broker }) {
    if (groupId === "") return { errorCode: code("INVALID_GROUP_ID") };
    const member = { generation: generationId, memberId, instanceId: groupInstanceId };
    const { error } = await broker.groups.request<"heartbeat">(groupId, { kind: "heartbeat", ...member });
    return { errorCode: code(error) };
  },
});
