import { type Clock, type Logger, messageOf, type Random, sleep } from "@streambed/kernel";
import type { Housekeeper } from "./housekeeper.ts";

/** First wait after a failed round, and the longest, milliseconds; it doubles in between. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_WAIT_MS = 10 * 60_000;

/** What {@link startHousekeeping} takes. */
export interface ScheduleOptions {
  readonly clock: Clock;
  /** Spreads rounds, so that processes that were started together do not all look at once. */
  readonly random: Random;
  readonly logger: Logger;
  /** Milliseconds between two rounds. Default: the smaller of the housekeeper's two intervals. */
  readonly intervalMs?: number;
  /** Only the owner of a shard keeps house. Default: always. */
  readonly isOwner?: () => boolean;
}

/** Housekeeping that runs by itself. */
export interface RunningHousekeeping {
  /** Resolves when nothing is being done any more. What was under way is done again by whoever comes next. */
  stop(): Promise<void>;
}

/**
 * Runs rounds of housekeeping until it is stopped. A failed round is logged and tried again, later each time. A round
 * with nothing to do costs no request.
 *
 * @example const housekeeping = startHousekeeping(housekeeper, { clock, random, logger });
 */
export function startHousekeeping(housekeeper: Housekeeper, options: ScheduleOptions): RunningHousekeeping {
  const stopping = new AbortController();
  const running = run(housekeeper, options, stopping.signal);
  return {
    async stop() {
      stopping.abort(new Error("Housekeeping was stopped"));
      await running;
    },
  };
}

async function run(housekeeper: Housekeeper, options: ScheduleOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, logger, isOwner = () => true } = options;
  const { logCleanerBackoffMs, logRetentionCheckIntervalMs } = housekeeper.settings;
  const intervalMs = options.intervalMs ?? Math.min(logCleanerBackoffMs, logRetentionCheckIntervalMs);
  let failures = 0;
  while (!signal.aborted) {
    const waitMs = failures === 0 ? intervalMs : Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_WAIT_MS);
    try {
      await sleep(clock, waitMs * (0.75 + random.fraction() / 2), signal);
      if (isOwner()) await housekeeper.runOnce(signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      logger.log("warn", "housekeeping-failed", { failures, error: messageOf(error) });
    }
  }
}
