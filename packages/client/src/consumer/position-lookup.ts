import { StreambedError } from "@streambed/kernel";
import type { Cluster } from "../cluster/cluster.ts";
import { asStreambedError } from "../errors.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import { fetchOffsets } from "./group-offsets.ts";
import { EARLIEST, LATEST, listOffsets } from "./list-offsets.ts";
import { partitionKey, type PartitionState } from "./partition-state.ts";

/** What the look-up needs from the consumer. */
export interface PositionLookupParts {
  readonly cluster: Cluster;
  readonly settings: ConsumerSettings;
  readonly lane: string;
  readonly isCurrent: (state: PartitionState) => boolean;
  readonly onChange: () => void;
}

/** Finds out where partitions begin: at the committed offset, or where `auto.offset.reset` says. */
export class PositionLookup {
  readonly #parts: PositionLookupParts;
  #running = false;

  constructor(parts: PositionLookupParts) {
    this.#parts = parts;
  }

  /** Looks up every position that is not known, one round at a time. Failures go to the partitions. */
  start(states: readonly PartitionState[]): void {
    const open = states.filter((state) => state.position === null && state.failure === null);
    if (this.#running || open.length === 0) return;
    this.#running = true;
    this.#lookUp(open)
      .catch((thrown: unknown) => {
        const error = asStreambedError(thrown, "Looking up positions");
        for (const state of open) if (state.position === null) state.failure = error;
      })
      .finally(() => {
        this.#running = false;
        this.#parts.onChange();
      });
  }

  async #lookUp(open: readonly PartitionState[]): Promise<void> {
    const reset = open.filter(({ source }) => source !== "committed");
    await this.#fromCommitted(open.filter(({ source }) => source === "committed"));
    await this.#fromReset(reset.filter((state) => this.#isOpen(state)));
  }

  async #fromCommitted(states: readonly PartitionState[]): Promise<void> {
    const { cluster, settings, lane } = this.#parts;
    if (settings.groupId !== undefined && states.length > 0) {
      const call = { groupId: settings.groupId, lane };
      const committed = new Map(
        (await fetchOffsets(cluster, call, states)).map((offset) => [partitionKey(offset), offset.offset]),
      );
      for (const state of states) {
        const offset = committed.get(partitionKey(state));
        if (offset === undefined || !this.#isOpen(state)) continue;
        state.position = offset;
        state.committed = offset;
      }
    }
    const missing = states.filter((state) => state.position === null && this.#parts.isCurrent(state));
    for (const state of missing) state.source = "reset";
    await this.#fromReset(missing);
  }

  async #fromReset(states: readonly PartitionState[]): Promise<void> {
    const { cluster, settings } = this.#parts;
    const queries = [];
    for (const state of states) {
      const { topic, partition, source } = state;
      const policy = source === "earliest" || source === "latest" ? source : settings.autoOffsetReset;
      if (policy === "none") state.failure = noOffset(state);
      else queries.push({ topic, partition, timestamp: policy === "earliest" ? EARLIEST : LATEST, state });
    }
    if (queries.length === 0) return;
    const answers = await listOffsets(cluster, queries, { isolationLevel: settings.isolationLevel });
    queries.forEach(({ state }, at) => {
      const answer = answers[at];
      if (answer === undefined || !this.#isOpen(state)) return;
      if (answer.ok) state.position = answer.value.offset;
      else state.failure = answer.error;
    });
  }

  /** A seek or a rebalance meanwhile is worth more than the answer. */
  #isOpen(state: PartitionState): boolean {
    return state.position === null && this.#parts.isCurrent(state);
  }
}

function noOffset({ topic, partition }: PartitionState): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "NO_OFFSET_FOR_PARTITION",
    message: `${topic}-${partition} has no committed offset, or none in range, and autoOffsetReset is none; seek first`,
  });
}
