import type { ApiTypes } from "@streambed/protocol";
import { answerOf, ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene, Step } from "../conformance-case.ts";
import { commitInput, coordinator, join, joined, joinInput, memberOf, stable, sync } from "../group-requests.ts";
import type { SyncInput } from "../group-requests.ts";

const joinCase = (title: string, step: Step, rest: Partial<ConformanceCase> = {}): ConformanceCase => ({
  api: "JoinGroup",
  title,
  steps: [coordinator, step],
  ...rest,
});

const joinCases: readonly ConformanceCase[] = [
  joinCase("a first member", join()),
  joinCase("a first member comes back with its id", join(), {
    from: 4,
    steps: [coordinator, join(), join((scene) => ({ memberId: answerOf(scene, 1, "JoinGroup").memberId }))],
  }),
  joinCase("no group", join({ groupId: "" })),
  joinCase("a short session", join({ sessionTimeoutMs: 5_999 })),
  joinCase("a long session", join({ sessionTimeoutMs: 1_800_001 })),
  joinCase("a negative session", join({ sessionTimeoutMs: -1 })),
  joinCase("no protocols", join({ protocols: [] })),
  joinCase("no protocol type", join({ protocolType: "" })),
  joinCase("an unknown member of no group", join({ memberId: "nobody" })),
  joinCase("an unknown member of a group", join({ memberId: "nobody" }), {
    steps: [...stable, join({ memberId: "nobody" })],
  }),
  joinCase("another protocol type", join(), { steps: [...stable, join({ protocolType: "connect" }, {})] }),
  joinCase("no common protocol", join(), {
    steps: [...stable, join({ protocols: [{ name: "sticky", metadata: new Uint8Array(0) }] })],
  }),
  joinCase("a static member", join({ groupInstanceId: "one" }), { from: 5 }),
  joinCase("a static member with an unknown id", join({ groupInstanceId: "one", memberId: "nobody" }), { from: 5 }),
  joinCase("a static member comes back", join(), {
    from: 5,
    steps: [
      coordinator,
      join({ groupInstanceId: "one" }),
      sync((scene) => ({ ...assignmentTo(scene), groupInstanceId: "one" }), { version: 3 }),
      join({ groupInstanceId: "one" }),
      ask(
        "Heartbeat",
        (scene) => ({ groupId: scene.group, generationId: 1, memberId: memberOf(scene), groupInstanceId: "one" }),
        { version: 3 },
      ),
    ],
  }),
  joinCase("an empty instance id", join({ groupInstanceId: "" }), { from: 5 }),
  joinCase("the leader joins again", join(), {
    steps: [...stable, join((scene) => ({ memberId: memberOf(scene) }))],
  }),
];

function assignmentTo(scene: Scene): Partial<SyncInput> {
  return { memberId: memberOf(scene), assignments: [{ memberId: memberOf(scene), assignment: new Uint8Array([7]) }] };
}

const syncCase = (title: string, ...steps: readonly Step[]): ConformanceCase => ({ api: "SyncGroup", title, steps });
const syncCases: readonly ConformanceCase[] = [
  syncCase("the leader's assignment, and again", ...joined, sync(), sync({ assignments: [] })),
  syncCase("no assignment", ...joined, sync({ assignments: [] })),
  syncCase(
    "an unknown group",
    coordinator,
    ask("SyncGroup", ({ name }) => ({ groupId: name("nope"), generationId: 1, memberId: "m", assignments: [] })),
  ),
  syncCase("no group", coordinator, ask("SyncGroup", { groupId: "", generationId: 1, memberId: "m", assignments: [] })),
  syncCase("an unknown member", ...joined, sync({ memberId: "nobody" })),
  syncCase("another generation", ...joined, sync({ generationId: 9 })),
  { ...syncCase("another protocol type", ...joined, sync({ protocolType: "connect" })), from: 5 },
  { ...syncCase("another protocol", ...joined, sync({ protocolName: "sticky" })), from: 5 },
  { ...syncCase("another instance", ...joined, sync({ groupInstanceId: "other" })), from: 3 },
];

const beat = (extra: Partial<ApiTypes["Heartbeat"]["requestInput"]> = {}): Step =>
  ask("Heartbeat", (scene) => ({ groupId: scene.group, generationId: 1, memberId: memberOf(scene), ...extra }));
const beatCase = (title: string, ...steps: readonly Step[]): ConformanceCase => ({ api: "Heartbeat", title, steps });
const heartbeatCases: readonly ConformanceCase[] = [
  beatCase("a stable group", ...stable, beat()),
  beatCase("before the assignment", ...joined, beat()),
  beatCase(
    "an unknown group",
    coordinator,
    ask("Heartbeat", ({ name }) => ({ groupId: name("nope"), generationId: 1, memberId: "m" })),
  ),
  beatCase("no group", coordinator, ask("Heartbeat", { groupId: "", generationId: 1, memberId: "m" })),
  beatCase("an unknown member", ...stable, beat({ memberId: "nobody" })),
  beatCase("another generation", ...stable, beat({ generationId: 9 })),
  { ...beatCase("another instance", ...stable, beat({ groupInstanceId: "other" })), from: 3 },
  beatCase(
    "while another member joins",
    ...stable,
    ask("JoinGroup", (scene) => joinInput(scene), {
      version: 3,
      on: "second",
      isHeld: true,
      view: ({ errorCode, generationId }) => [errorCode, generationId],
    }),
    ask("Heartbeat", (scene) => ({ groupId: scene.group, generationId: 1, memberId: memberOf(scene) }), {
      on: "main",
      until: ({ errorCode }) => errorCode !== 0,
    }),
    ask("OffsetCommit", (scene) => commitInput(scene, { generationIdOrMemberEpoch: 1, memberId: memberOf(scene) }), {
      version: 8,
      on: "main",
    }),
    ask("JoinGroup", (scene) => joinInput(scene, { memberId: memberOf(scene) }), {
      version: 3,
      on: "main",
      view: ({ errorCode, generationId, members }) => [errorCode, generationId, members.length],
    }),
    ask("OffsetCommit", (scene) => commitInput(scene, { generationIdOrMemberEpoch: 2, memberId: memberOf(scene) }), {
      version: 8,
      on: "main",
    }),
  ),
];

type LeaveInput = ApiTypes["LeaveGroup"]["requestInput"];
const leave = (
  members:
    | readonly { memberId: string; groupInstanceId?: string | null }[]
    | ((scene: Scene) => readonly { memberId: string; groupInstanceId?: string | null }[]),
): Step =>
  ask("LeaveGroup", (scene): LeaveInput => {
    const list = typeof members === "function" ? members(scene) : members;
    if (scene.version < 3) return { groupId: scene.group, memberId: list[0]?.memberId ?? "" };
    return { groupId: scene.group, members: list };
  });
const leaveCase = (title: string, ...steps: readonly Step[]): ConformanceCase => ({ api: "LeaveGroup", title, steps });
const leaveCases: readonly ConformanceCase[] = [
  leaveCase(
    "the only member, and again",
    ...stable,
    leave((scene) => [{ memberId: memberOf(scene) }]),
    leave((scene) => [{ memberId: memberOf(scene) }]),
  ),
  leaveCase("an unknown member", ...stable, leave([{ memberId: "nobody" }])),
  leaveCase("an unknown group", coordinator, leave([{ memberId: "nobody" }])),
  leaveCase(
    "no group",
    coordinator,
    ask("LeaveGroup", ({ version }) =>
      version < 3 ? { groupId: "", memberId: "m" } : { groupId: "", members: [{ memberId: "m" }] },
    ),
  ),
  { ...leaveCase("an unknown instance", ...stable, leave([{ memberId: "", groupInstanceId: "nobody" }])), from: 3 },
  {
    ...leaveCase(
      "an instance",
      coordinator,
      join({ groupInstanceId: "one" }, { version: 6 }),
      leave([{ memberId: "", groupInstanceId: "one" }]),
    ),
    from: 3,
  },
  {
    ...leaveCase(
      "an instance with another id",
      coordinator,
      join({ groupInstanceId: "one" }, { version: 6 }),
      leave([{ memberId: "x", groupInstanceId: "one" }]),
    ),
    from: 3,
  },
  { ...leaveCase("nobody", ...stable, leave([])), from: 3 },
];

export const memberCases: readonly ConformanceCase[] = [...joinCases, ...syncCases, ...heartbeatCases, ...leaveCases];
