import { ZERO_UUID } from "@streambed/kernel";
import { ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene, Step } from "../conformance-case.ts";
import {
  commitInput,
  committedOnce,
  coordinator,
  fetchCommitted,
  joined,
  memberOf,
  stable,
} from "../group-requests.ts";
import type { CommitInput, CommitPartition } from "../group-requests.ts";

const UNKNOWN_ID = "00000000-0000-4000-8000-00000000abcd";
const commit = (
  extra: Partial<CommitInput> | ((scene: Scene) => Partial<CommitInput>) = {},
  partition: Partial<CommitPartition> = {},
): Step =>
  ask("OffsetCommit", (scene) => commitInput(scene, typeof extra === "function" ? extra(scene) : extra, partition));
const commitCase = (title: string, ...steps: readonly Step[]): ConformanceCase => ({
  api: "OffsetCommit",
  title,
  topic: {},
  steps,
});
const commitCases: readonly ConformanceCase[] = [
  commitCase("by an administrator", coordinator, commit(), fetchCommitted),
  commitCase(
    "by an administrator twice",
    coordinator,
    commit(),
    commit({}, { committedOffset: 3n, committedMetadata: null }),
    fetchCommitted,
  ),
  commitCase("by an administrator into a group with members", ...stable, commit(), fetchCommitted),
  commitCase(
    "by a member",
    ...stable,
    commit((scene) => ({ generationIdOrMemberEpoch: 1, memberId: memberOf(scene) })),
    fetchCommitted,
  ),
  commitCase(
    "before the assignment",
    ...joined,
    commit((scene) => ({ generationIdOrMemberEpoch: 1, memberId: memberOf(scene) })),
  ),
  commitCase(
    "of another generation",
    ...stable,
    commit((scene) => ({ generationIdOrMemberEpoch: 9, memberId: memberOf(scene) })),
  ),
  commitCase("of an unknown member", ...stable, commit({ generationIdOrMemberEpoch: 1, memberId: "nobody" })),
  commitCase(
    "of an unknown group with a generation",
    coordinator,
    commit({ generationIdOrMemberEpoch: 1, memberId: "nobody" }),
  ),
  commitCase("no group", coordinator, commit({ groupId: "" })),
  commitCase("long metadata", coordinator, commit({}, { committedMetadata: "x".repeat(4097) }), fetchCommitted),
  commitCase("metadata of the greatest length", coordinator, commit({}, { committedMetadata: "x".repeat(4096) })),
  commitCase("an unknown partition", coordinator, commit({}, { partitionIndex: 9 })),
  commitCase("a negative partition", coordinator, commit({}, { partitionIndex: -1 })),
  commitCase("a negative offset", coordinator, commit({}, { committedOffset: -1n }), fetchCommitted),
  commitCase("an offset beyond the end", coordinator, commit({}, { committedOffset: 1_000_000n }), fetchCommitted),
  {
    ...commitCase(
      "an unknown topic",
      coordinator,
      commit(({ name }) => ({
        topics: [
          { name: name("nope"), partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: "" }] },
        ],
      })),
    ),
    to: 9,
  },
  {
    ...commitCase(
      "an unknown topic id",
      coordinator,
      commit({
        topics: [
          { topicId: UNKNOWN_ID, partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: "" }] },
        ],
      }),
    ),
    from: 10,
  },
  {
    ...commitCase(
      "another instance",
      ...stable,
      commit((scene) => ({ generationIdOrMemberEpoch: 1, memberId: memberOf(scene), groupInstanceId: "other" })),
    ),
    from: 7,
  },
  commitCase("nothing", coordinator, commit({ topics: [] })),
];

type GroupTopics = readonly {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}[];
/** OffsetFetch of one group in the shape of each version. */
const fetchOffsets = (topics: (scene: Scene) => GroupTopics | null, groupId?: string): Step =>
  ask("OffsetFetch", (scene) => {
    const wanted = topics(scene);
    const group = groupId ?? scene.group;
    if (scene.version >= 8) return { groups: [{ groupId: group, topics: wanted }] };
    return {
      groupId: group,
      topics: wanted?.map(({ name, partitionIndexes }) => ({ name, partitionIndexes })) ?? null,
    };
  });
const own =
  (...partitionIndexes: number[]) =>
  ({ topic, topicId }: Scene): GroupTopics => [{ name: topic, topicId, partitionIndexes }];
const fetchCase = (title: string, ...steps: readonly Step[]): ConformanceCase => ({
  api: "OffsetFetch",
  title,
  topic: { partitions: 2 },
  steps: [...committedOnce, ...steps],
});
const offsetFetchCases: readonly ConformanceCase[] = [
  fetchCase("with and without a commit", fetchOffsets(own(0, 1))),
  {
    ...fetchCase(
      "all topics",
      fetchOffsets(() => null),
    ),
    from: 2,
  },
  fetchCase(
    "no topics",
    fetchOffsets(() => []),
  ),
  fetchCase("an unknown partition", fetchOffsets(own(9))),
  fetchCase("an unknown group", fetchOffsets(own(0), "no-such-group")),
  {
    ...fetchCase(
      "all topics of an unknown group",
      fetchOffsets(() => null, "no-such-group"),
    ),
    from: 2,
  },
  fetchCase("no group", fetchOffsets(own(0), "")),
  {
    ...fetchCase(
      "an unknown topic",
      fetchOffsets(({ name }) => [{ name: name("nope"), topicId: ZERO_UUID, partitionIndexes: [0] }]),
    ),
    to: 9,
  },
  {
    ...fetchCase(
      "an unknown topic id",
      fetchOffsets(() => [{ name: "", topicId: UNKNOWN_ID, partitionIndexes: [0] }]),
    ),
    from: 10,
  },
  {
    ...fetchCase(
      "several groups",
      ask("OffsetFetch", ({ group, topic, topicId }) => ({
        groups: [group, `${group}-other`].map((groupId) => ({
          groupId,
          topics: [{ name: topic, topicId, partitionIndexes: [0] }],
        })),
      })),
    ),
    from: 8,
  },
];

const forget = (
  topics?: (scene: Scene) => readonly { name: string; partitions: readonly { partitionIndex: number }[] }[],
  groupId?: string,
): Step =>
  ask("OffsetDelete", (scene) => ({
    groupId: groupId ?? scene.group,
    topics: topics?.(scene) ?? [{ name: scene.topic, partitions: [{ partitionIndex: 0 }] }],
  }));
const forgetCase = (title: string, ...steps: readonly Step[]): ConformanceCase => ({
  api: "OffsetDelete",
  title,
  topic: {},
  steps,
});
const offsetDeleteCases: readonly ConformanceCase[] = [
  forgetCase("a commit", ...committedOnce, forget(), fetchCommitted),
  forgetCase(
    "what was not committed",
    ...committedOnce,
    forget(({ topic }) => [{ name: topic, partitions: [{ partitionIndex: 9 }] }]),
  ),
  forgetCase(
    "an unknown topic",
    ...committedOnce,
    forget(({ name }) => [{ name: name("nope"), partitions: [{ partitionIndex: 0 }] }]),
  ),
  forgetCase("a subscribed topic", ...stable, forget()),
  forgetCase("an unknown group", coordinator, forget(undefined, "no-such-group")),
  forgetCase("no group", coordinator, forget(undefined, "")),
  forgetCase(
    "nothing",
    ...committedOnce,
    forget(() => []),
  ),
];

export const offsetCases: readonly ConformanceCase[] = [...commitCases, ...offsetFetchCases, ...offsetDeleteCases];
