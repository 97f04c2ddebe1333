import type { GroupOffsets, StoredGroup, StoredGroupMap, StoredGroups } from "@streambed/consumer-coordinator";
import { groupPartition, OFFSETS_TOPIC } from "@streambed/consumer-coordinator";
import type { LogView, ShardLog } from "@streambed/log-storage";
import type { ShardedLog } from "@streambed/log-storage/sharded";
import { groupStateOf } from "../broker-modules.ts";

/**
 * Groups of a log of several shards: each is in the state of the shard that holds its partition of `__consumer_offsets`.
 * That shard hears a little later than shard 0 that a topic was deleted, so offsets of another topic of the same name
 * are left out here.
 */
export class ShardedGroups implements StoredGroups {
  readonly groups: StoredGroupMap;
  readonly #log: ShardedLog;

  /** The shards must have been opened with `brokerModules`. */
  constructor(log: ShardedLog) {
    this.#log = log;
    this.groups = {
      get: (groupId) => this.#get(groupId),
      keys: () => this.#groupIds(),
      [Symbol.iterator]: () => this.#entries(),
    };
  }

  get offsetCount(): number {
    return this.#log.shards.reduce((sum, shard) => sum + groupStateOf(shard).offsetCount, 0);
  }

  #get(groupId: string): StoredGroup | undefined {
    const shard = this.#shardOf(groupId);
    const group = shard === undefined ? undefined : groupStateOf(shard).groups.get(groupId);
    if (shard === undefined || group === undefined) return undefined;
    const { view } = this.#log;
    return {
      metadata: group.metadata,
      get offsets() {
        return livingOffsets(group.offsets, shard.view, view);
      },
    };
  }

  *#groupIds(): Generator<string> {
    for (const shard of this.#log.shards)
      for (const groupId of groupStateOf(shard).groups.keys()) if (this.#shardOf(groupId) === shard) yield groupId;
  }

  *#entries(): Generator<readonly [string, StoredGroup]> {
    for (const groupId of this.#groupIds()) {
      const group = this.#get(groupId);
      if (group !== undefined) yield [groupId, group];
    }
  }

  /** Undefined when there can be no state of it yet. */
  #shardOf(groupId: string): ShardLog | undefined {
    const topic = this.#log.view.topicNamed(OFFSETS_TOPIC);
    if (topic === undefined) return undefined;
    const { topicId, partitions } = topic;
    const shard = this.#log.shards[this.#log.shardOf(topicId, groupPartition(groupId, partitions.length))];
    return shard?.view.topicNamed(OFFSETS_TOPIC)?.topicId === topicId ? shard : undefined;
  }
}

function livingOffsets(offsets: GroupOffsets, there: LogView, now: LogView): GroupOffsets {
  const isAlive = (name: string): boolean => there.topicNamed(name)?.topicId === now.topicNamed(name)?.topicId;
  if ([...offsets.keys()].every(isAlive)) return offsets;
  return new Map([...offsets].filter(([name]) => isAlive(name)));
}
