import type { Clock, Logger, Random } from "@streambed/kernel";
import type { ShardLog } from "@streambed/log-storage";
import type { BrokerSettings } from "../settings.ts";

/** What the group service is made of. */
export interface GroupServiceParts {
  readonly log: ShardLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: BrokerSettings;
}

/** Consumer groups of this broker. */
export interface GroupService {
  /** Ends timers and waits. */
  close(): Promise<void>;
}

/** Starts the group service over the log's state. */
export function createGroupService(_parts: GroupServiceParts): GroupService {
  return { close: () => Promise.resolve() };
}
