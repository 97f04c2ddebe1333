import type { Clock, Logger, Random } from "@streambed/kernel";
import { createHousekeeper, startHousekeeping } from "@streambed/log-storage";
import type { HousekeepingOptions, RunningHousekeeping, ShardLog } from "@streambed/log-storage";

/** What housekeeping of all shards takes. */
export interface HouseParts extends Pick<HousekeepingOptions, "codecs" | "settings"> {
  /** Whether this process keeps a shard's house. */
  readonly isOwner: (shard: ShardLog) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Housekeeping of shards, each by itself. */
export interface Houses extends AsyncDisposable {
  add(shard: ShardLog): void;
}

/** Keeps the house of each shard that is ours. Disposing resolves when nothing is being done any more. */
export function keepHouse(shards: readonly ShardLog[], parts: HouseParts): Houses {
  const running: RunningHousekeeping[] = [];
  const add = (shard: ShardLog): void => {
    const { isOwner, codecs, settings, ...system } = parts;
    const housekeeper = createHousekeeper({
      internals: shard.internals,
      sharesThread: true,
      codecs,
      ...(settings === undefined ? {} : { settings }),
    });
    running.push(startHousekeeping(housekeeper, { ...system, isOwner: () => isOwner(shard) }));
  };
  for (const shard of shards) add(shard);
  return {
    add,
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((housekeeping) => housekeeping.stop()));
    },
  };
}
