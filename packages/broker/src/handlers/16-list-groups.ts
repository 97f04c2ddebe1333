import { GROUP_TYPE, matchesFilters } from "@streambed/consumer-coordinator";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

/** ListGroups: every group, or those in the states and of the types asked for. */
export const listGroupsHandler: AnyHandler = handler({
  name: "ListGroups",
  handle({ statesFilter, typesFilter }, { broker }) {
    const filters = { states: statesFilter, types: typesFilter };
    const groups = broker.groups.list().filter(({ state }) => matchesFilters(state, filters));
    return {
      errorCode: code("NONE"),
      groups: groups.map(({ groupId, protocolType, state }) => ({
        groupId,
        protocolType: protocolType ?? "",
        groupState: state,
        groupType: GROUP_TYPE,
      })),
    };
  },
});
