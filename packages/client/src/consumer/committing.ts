import type { StreambedError } from "@streambed/kernel";
import type { Cluster } from "../cluster/cluster.ts";
import { asStreambedError, namedError } from "../errors.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import { type Committer, commitOffsets, type OffsetToCommit } from "./group-offsets.ts";
import type { PartitionState } from "./partition-state.ts";

/** What commits need from the consumer. */
export interface CommittingParts {
  readonly cluster: Cluster;
  readonly settings: ConsumerSettings;
  readonly lane: string;
  readonly states: () => readonly PartitionState[];
  readonly committer: () => Committer;
  readonly onRefused: (error: StreambedError) => void;
}

/** Commits on demand, and by itself every `auto.commit.interval.ms` of polling. */
export class Committing {
  readonly #parts: CommittingParts;
  #dueMs = Number.NEGATIVE_INFINITY;
  /** Commits go out one after the other, so that an older position cannot overtake a newer one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: CommittingParts) {
    this.#parts = parts;
  }

  /** Called by every poll: commits in the background what earlier polls returned, when it is time. */
  tick(): void {
    const { cluster, settings } = this.#parts;
    const nowMs = cluster.settings.clock.elapsed();
    if (!settings.enableAutoCommit) return;
    if (this.#dueMs === Number.NEGATIVE_INFINITY) this.#dueMs = nowMs + settings.autoCommitIntervalMs;
    if (nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + settings.autoCommitIntervalMs;
    void this.auto({});
  }

  /** Commits what has moved, when auto commit is on. Failures are logged: the next one makes up for them. */
  async auto(limits: { readonly timeoutMs?: number }): Promise<void> {
    const { cluster, settings } = this.#parts;
    if (!settings.enableAutoCommit) return;
    const moved = this.#parts.states().filter(({ position, committed }) => position !== null && position !== committed);
    await this.commit(positionsOf(moved), limits).catch((thrown: unknown) => {
      const { code, message } = asStreambedError(thrown, "Auto commit");
      cluster.settings.logger.log("warn", "consumer.auto_commit_failed", { groupId: settings.groupId, code, message });
    });
  }

  /** Rejects with the first refusal. */
  commit(offsets: readonly OffsetToCommit[], limits: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { settings } = this.#parts;
    if (settings.groupId === undefined) {
      return Promise.reject(namedError("INVALID_GROUP_ID", "Committing offsets", "this consumer has no groupId"));
    }
    const turn = this.#last.then(() => this.#commit(offsets, limits));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #commit(offsets: readonly OffsetToCommit[], limits: { readonly timeoutMs?: number }): Promise<void> {
    const { cluster, settings, lane, committer, states } = this.#parts;
    if (offsets.length === 0) return;
    const call = { groupId: settings.groupId ?? "", lane, committer: committer(), ...limits };
    const errors = await commitOffsets(cluster, call, offsets);
    offsets.forEach(({ topic, partition, offset }, at) => {
      const state = states().find((one) => one.topic === topic && one.partition === partition);
      if (state !== undefined && errors[at] === null) state.committed = offset;
    });
    const refusal = errors.find((error) => error !== null);
    if (refusal === undefined || refusal === null) return;
    this.#parts.onRefused(refusal);
    throw refusal;
  }
}

/** Positions as offsets to commit; unknown ones are left out. */
export function positionsOf(states: readonly PartitionState[]): readonly OffsetToCommit[] {
  return states.flatMap(({ topic, partition, position }) =>
    position === null ? [] : [{ topic, partition, offset: position }],
  );
}
