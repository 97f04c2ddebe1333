import { encodeSubscription } from "@streambed/protocol";
import type { ApiTypes } from "@streambed/protocol";
import { answerOf, ask } from "./conformance-case.ts";
import type { Scene, Step } from "./conformance-case.ts";

/** Cluster events that only mean "ask again". */
export const isReady = ({ errorCode }: { readonly errorCode: number }): boolean => ![14, 15, 16].includes(errorCode);

/** The coordinator exists. Kafka creates its topic with the first question. */
export const coordinator = ask("FindCoordinator", ({ group }) => ({ key: group, keyType: 0 }), {
  version: 3,
  until: isReady,
  view: () => null,
});

export type JoinInput = ApiTypes["JoinGroup"]["requestInput"];
export const subscription = (scene: Scene): Uint8Array =>
  encodeSubscription({ topics: [scene.topic], userData: null, ownedPartitions: [], generationId: -1, rackId: null });
export const joinInput = (scene: Scene, extra: Partial<JoinInput> = {}): JoinInput => ({
  groupId: scene.group,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId: "",
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: subscription(scene) }],
  ...extra,
});
export const join = (
  extra: Partial<JoinInput> | ((scene: Scene) => Partial<JoinInput>) = {},
  options: { version?: number } = {},
): Step =>
  ask("JoinGroup", (scene) => joinInput(scene, typeof extra === "function" ? extra(scene) : extra), {
    until: isReady,
    ...options,
  });

/** Steps 1 to 3: a group with one member, generation 1, without assignments yet. */
export const joined: readonly Step[] = [coordinator, join({}, { version: 3 })];
export const memberOf = (scene: Scene): string => answerOf(scene, 1, "JoinGroup").memberId;
export type SyncInput = ApiTypes["SyncGroup"]["requestInput"];
export const sync = (
  extra: Partial<SyncInput> | ((scene: Scene) => Partial<SyncInput>) = {},
  options: { version?: number } = {},
): Step =>
  ask(
    "SyncGroup",
    (scene) => ({
      groupId: scene.group,
      generationId: 1,
      memberId: memberOf(scene),
      assignments: [{ memberId: memberOf(scene), assignment: new Uint8Array([1, 2, 3]) }],
      ...(scene.version >= 5 && options.version === undefined
        ? { protocolType: "consumer", protocolName: "range" }
        : {}),
      ...(typeof extra === "function" ? extra(scene) : extra),
    }),
    { ...options },
  );
export const stable: readonly Step[] = [...joined, sync({}, { version: 3 })];

export type CommitInput = ApiTypes["OffsetCommit"]["requestInput"];
export type CommitPartition = CommitInput["topics"][number]["partitions"][number];
export const commitInput = (
  scene: Scene,
  extra: Partial<CommitInput> = {},
  partition: Partial<CommitPartition> = {},
): CommitInput => ({
  groupId: scene.group,
  topics: [
    {
      name: scene.topic,
      topicId: scene.topicId,
      partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: "note", ...partition }],
    },
  ],
  ...extra,
});
export const fetchCommitted = ask(
  "OffsetFetch",
  ({ group, topic }) => ({ groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] }),
  { version: 7 },
);
export const committedOnce: readonly Step[] = [
  coordinator,
  ask("OffsetCommit", (scene) => commitInput(scene), { version: 8 }),
];
