import type { ApiTypes } from "@streambed/protocol";
import { ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene, Step } from "../conformance-case.ts";
import { committedOnce, coordinator, joined, stable } from "../group-requests.ts";

const describeGroup = (
  groups: (scene: Scene) => readonly string[],
  rest: { includeAuthorizedOperations?: boolean } = {},
): Step => ask("DescribeGroups", (scene) => ({ groups: groups(scene), ...rest }));

/** What is listed, with which filters, and the first version that has them. */
const LISTINGS: readonly (readonly [string, ApiTypes["ListGroups"]["requestInput"], number])[] = [
  ["all", {}, 0],
  ["stable ones", { statesFilter: ["Stable"] }, 4],
  ["empty ones", { statesFilter: ["Empty"] }, 4],
  ["in lower case", { statesFilter: ["stable"] }, 4],
  ["of an unknown state", { statesFilter: ["Sleepy"] }, 4],
  ["classic ones", { typesFilter: ["classic"] }, 5],
  ["consumer ones", { typesFilter: ["consumer"] }, 5],
  ["of an unknown type", { typesFilter: ["modern"] }, 5],
];

const groupsCases: readonly ConformanceCase[] = [
  { api: "DescribeGroups", title: "a stable group", steps: [...stable, describeGroup(({ group }) => [group])] },
  {
    api: "DescribeGroups",
    title: "a group before the assignment",
    steps: [...joined, describeGroup(({ group }) => [group])],
  },
  {
    api: "DescribeGroups",
    title: "a group with offsets only",
    topic: {},
    steps: [...committedOnce, describeGroup(({ group }) => [group])],
  },
  {
    api: "DescribeGroups",
    title: "an unknown group",
    steps: [coordinator, describeGroup(({ name }) => [name("nope")])],
  },
  { api: "DescribeGroups", title: "no group id", steps: [coordinator, describeGroup(() => [""])] },
  { api: "DescribeGroups", title: "a group twice", steps: [...stable, describeGroup(({ group }) => [group, group])] },
  {
    api: "DescribeGroups",
    title: "authorized operations",
    from: 3,
    steps: [...stable, describeGroup(({ group }) => [group], { includeAuthorizedOperations: true })],
  },
  ...LISTINGS.map(([title, request, from]): ConformanceCase => ({
    api: "ListGroups",
    title,
    from,
    steps: [
      ...stable,
      ask("ListGroups", request, {
        view: ({ errorCode, groups }, { group }) => [errorCode, groups.filter(({ groupId }) => groupId === group)],
      }),
    ],
  })),
  ...(
    [
      ["an empty group, and again", committedOnce, ({ group }) => [group], 2],
      ["a group with members", stable, ({ group }) => [group], 1],
      ["an unknown group", [coordinator], ({ name }) => [name("nope")], 1],
      ["no group id", [coordinator], () => [""], 1],
      ["a group twice", committedOnce, ({ group }) => [group, group], 1],
      ["nothing", [coordinator], () => [], 1],
    ] as readonly [string, readonly Step[], (scene: Scene) => readonly string[], number][]
  ).map(([title, before, groups, times]): ConformanceCase => ({
    api: "DeleteGroups",
    title,
    topic: {},
    steps: [
      ...before,
      ...Array.from({ length: times }, () => ask("DeleteGroups", (scene) => ({ groupsNames: groups(scene) }))),
    ],
  })),
];

const find = (
  title: string,
  keyType: number,
  keys: readonly string[],
  rest: Partial<ConformanceCase> = {},
): ConformanceCase => ({
  api: "FindCoordinator",
  title,
  steps: [
    coordinator,
    ask(
      "FindCoordinator",
      ({ version }) => ({
        ...(version >= 1 ? { keyType } : {}),
        ...(version >= 4 ? { coordinatorKeys: keys } : { key: keys[0] ?? "" }),
      }),
      {
        until: ({ errorCode, coordinators }) => errorCode !== 15 && coordinators.every((each) => each.errorCode !== 15),
      },
    ),
  ],
  ...rest,
});
const findCases: readonly ConformanceCase[] = [
  find("of a group", 0, ["g"]),
  find("of several groups", 0, ["g", "h"], { from: 4 }),
  find("of a transaction", 1, ["t"], { from: 1 }),
  find("of an unknown type", 9, ["x"], { from: 1 }),
  find("of a negative type", -1, ["x"], { from: 1 }),
  find("of no group", 0, [""]),
  find("of no keys", 0, [], { from: 4 }),
];

export const groupCases: readonly ConformanceCase[] = [...findCases, ...groupsCases];
