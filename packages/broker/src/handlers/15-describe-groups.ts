import { describeAbsentGroup, describeGroup } from "@streambed/consumer-coordinator";
import type { GroupDescription } from "@streambed/consumer-coordinator";
import type { ApiTypes } from "@streambed/protocol";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Described = ApiTypes["DescribeGroups"]["responseInput"]["groups"][number];

/** From this version on, a group nobody knows is an error; before, it is a dead group. */
const GROUP_ID_NOT_FOUND_VERSION = 6;
/** "Not asked for": authorized operations (KIP-430). */
const NOT_REQUESTED = -2_147_483_648;
/** read, delete, describe, describe configs, alter configs: all there is while there are no ACLs. */
const ALL_GROUP_OPERATIONS = [3, 6, 8, 10, 11].reduce((bits, operation) => bits | (1 << operation), 0);

/** DescribeGroups of the classic protocol. */
export const describeGroupsHandler: AnyHandler = handler({
  name: "DescribeGroups",
  handle(request, { broker, version }) {
    const authorizedOperations = request.includeAuthorizedOperations ? ALL_GROUP_OPERATIONS : NOT_REQUESTED;
    const groups = request.groups.map((groupId): Described => {
      const problem = broker.groups.problem(groupId);
      if (problem !== undefined)
        return { ...described(describeAbsentGroup(groupId)), authorizedOperations, errorCode: code(problem) };
      const group = broker.groups.group(groupId);
      if (group !== undefined) return { ...described(describeGroup(group)), authorizedOperations };
      const absent = { ...described(describeAbsentGroup(groupId)), authorizedOperations };
      if (version < GROUP_ID_NOT_FOUND_VERSION) return absent;
      return { ...absent, errorCode: code("GROUP_ID_NOT_FOUND"), errorMessage: `Group ${groupId} not found.` };
    });
    return { groups };
  },
});

function described({ groupId, state, protocolType, protocolName, members }: GroupDescription): Described {
  return {
    errorCode: code("NONE"),
    groupId,
    groupState: state,
    protocolType,
    protocolData: protocolName,
    members: members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: member.metadata,
      memberAssignment: member.assignment,
    })),
  };
}
