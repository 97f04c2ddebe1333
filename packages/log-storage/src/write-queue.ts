import type { Command, CommandOutcome } from "./command.ts";
import type { BatchInput } from "./entry-codec.ts";
import { BATCHES_PER_ENTRY_MAX, COMMANDS_PER_ENTRY_MAX, ENTRY_PAYLOAD_BYTES_MAX } from "./limits.ts";
import type { BatchOutcome } from "./log-state.ts";

/** What one call wants committed in one entry. */
export interface Proposal {
  readonly commands: readonly Command[];
  readonly batches: readonly BatchInput[];
}

/** What became of a proposal, in the order it was given. */
export interface ProposalOutcome {
  readonly commands: readonly CommandOutcome[];
  readonly batches: readonly BatchOutcome[];
}

/** A proposal that waits for its answer. */
export interface Waiting extends Proposal {
  readonly bytes: number;
  /** It is meant for one key only: when that is lost it fails instead of being proposed anew. */
  readonly isOnce?: boolean;
  /** It goes out as soon as it can, and with it what came before. */
  readonly isUrgent?: boolean;
  resolve(outcome: ProposalOutcome): void;
  reject(error: unknown): void;
}

/** Proposals in arrival order, with the bytes they hold. */
export class WriteQueue {
  #waiting: Waiting[] = [];
  #bytes = 0;
  #urgent = 0;

  get isUrgent(): boolean {
    return this.#urgent > 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.bytes;
    if (waiting.isUrgent === true) this.#urgent++;
  }

  /** As many of the oldest as one entry may carry; at least one. */
  takeEntry(): readonly Waiting[] {
    let bytes = 0;
    let batches = 0;
    let commands = 0;
    let count = 0;
    for (const item of this.#waiting) {
      bytes += item.bytes;
      batches += item.batches.length;
      commands += item.commands.length;
      const full =
        bytes > ENTRY_PAYLOAD_BYTES_MAX || batches > BATCHES_PER_ENTRY_MAX || commands > COMMANDS_PER_ENTRY_MAX;
      if (full && count > 0) break;
      count++;
    }
    return this.#remove(count);
  }

  /** All of them. */
  takeAll(): readonly Waiting[] {
    return this.#remove(this.#waiting.length);
  }

  /** Puts proposals that were taken back in front of all others. */
  putBack(proposals: readonly Waiting[]): void {
    this.#waiting = [...proposals, ...this.#waiting];
    for (const { bytes, isUrgent } of proposals) {
      this.#bytes += bytes;
      if (isUrgent === true) this.#urgent++;
    }
  }

  #remove(count: number): readonly Waiting[] {
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { bytes, isUrgent } of taken) {
      this.#bytes -= bytes;
      if (isUrgent === true) this.#urgent--;
    }
    return taken;
  }
}
