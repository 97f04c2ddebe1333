import type { AdvanceStartCommand } from "../../command.ts";
import { COMMANDS_PER_ENTRY_MAX } from "../../limits.ts";
import type { HousekeepingContext } from "../context.ts";
import { planRetention } from "../plans/retention.ts";
import { policyOf } from "../topic-policy.ts";
import { trustedNow } from "../trusted-time.ts";

/** What retention dropped. */
export interface RetentionCounts {
  partitions: number;
  /** Bytes that nobody can read any more; objects go when all in them has gone. */
  bytes: number;
}

/**
 * Moves the start of every partition to where its topic's policy wants it. What would be dropped is planned by the
 * local clock; before it is dropped the store's clock must agree, so a clock that jumps ahead deletes nothing.
 */
export async function applyRetention(context: HousekeepingContext, signal?: AbortSignal): Promise<RetentionCounts> {
  const { internals } = context;
  const counts: RetentionCounts = { partitions: 0, bytes: 0 };
  if (plan(context, internals.clock.now()).length === 0) return counts;
  const commands = plan(context, await trustedNow(context));
  for (let at = 0; at < commands.length; at += COMMANDS_PER_ENTRY_MAX) {
    signal?.throwIfAborted();
    const some = commands.slice(at, at + COMMANDS_PER_ENTRY_MAX);
    const bytes = total(context, some);
    await internals.propose({ commands: some, batches: [] });
    counts.partitions += some.length;
    counts.bytes += bytes - total(context, some);
  }
  internals.meter.count("streambed_housekeeping_expired_bytes_total", counts.bytes);
  return counts;
}

function plan({ internals, settings }: HousekeepingContext, nowMs: number): AdvanceStartCommand[] {
  const commands: AdvanceStartCommand[] = [];
  for (const topic of internals.state.topics.values()) {
    const policy = policyOf(topic, settings);
    if (!policy.deletes) continue;
    for (const partition of topic.partitions) {
      const offset = planRetention(partition, policy, nowMs);
      if (offset === undefined) continue;
      commands.push({ kind: "advance-start", topicId: topic.topicId, partition: partition.number, offset });
    }
  }
  return commands;
}

function total({ internals }: HousekeepingContext, commands: readonly AdvanceStartCommand[]): number {
  let bytes = 0;
  for (const { topicId, partition } of commands) bytes += internals.state.partition(topicId, partition)?.bytes ?? 0;
  return bytes;
}
