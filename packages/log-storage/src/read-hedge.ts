import type { Clock } from "@streambed/kernel";
import {
  READ_HEDGE_MEDIANS,
  READ_HEDGE_MS_FIRST,
  READ_HEDGE_MS_MIN,
  READ_HEDGE_SAMPLES_MIN,
  READ_HEDGES_MIN,
  READ_HEDGES_SHARE,
} from "./limits.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";

/** What a cold start reads from. */
export interface ReadSources {
  readonly store: Pick<ObjectStore, "get" | "list">;
  readonly log: Pick<LogStore, "read" | "list">;
}

/**
 * The same places for one cold start, where a read without an answer is sent again. A start waits for the slowest of
 * hundreds of reads, so one stall would cost more than all the rest. Reading twice changes nothing: the first answer
 * wins, and the late one is dropped.
 */
export function hedgedSources({ store, log }: ReadSources, clock: Clock): ReadSources {
  const hedge = new ReadHedge(clock);
  return {
    store: {
      get: (key, options) => hedge.read(() => store.get(key, options)),
      list: (options) => hedge.read(() => store.list(options)),
    },
    log: {
      read: (seq, range) => hedge.read(() => log.read(seq, range)),
      list: (after) => hedge.read(() => log.list(after)),
    },
  };
}

/** A read without an answer. */
interface Pending {
  /** When it was sent, or last sent again. */
  sentMs: number;
  again(): void;
}

/** Sends reads again that take much longer than others. */
export class ReadHedge {
  readonly #clock: Clock;
  /** How long answers took, milliseconds, ascending. */
  readonly #times: number[] = [];
  /** Those sent first come first. */
  readonly #pending = new Set<Pending>();
  #cancel = (): void => undefined;
  #hedges = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the first answer; rejects when no attempt is left, with the first failure. */
  read<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let attempts = 0;
      let failure: { readonly error: unknown } | undefined;
      const again = (): void => {
        attempts++;
        const sentMs = this.#clock.elapsed();
        pending.sentMs = sentMs;
        this.#pending.delete(pending);
        this.#pending.add(pending);
        this.#arm();
        attempt().then(
          (answer) => {
            this.#note(this.#clock.elapsed() - sentMs);
            this.#settle(pending);
            resolve(answer);
          },
          (error: unknown) => {
            failure ??= { error };
            if (--attempts > 0) return;
            this.#settle(pending);
            reject(failure.error);
          },
        );
      };
      const pending: Pending = { sentMs: 0, again };
      again();
    });
  }

  #settle(pending: Pending): void {
    this.#pending.delete(pending);
    this.#arm();
  }

  /** How long answers take shows while they come, so the time of the next attempt is set anew after each. */
  #arm(): void {
    this.#cancel();
    const [oldest] = this.#pending;
    if (oldest === undefined) return;
    const waitMs = oldest.sentMs + this.#delayMs() - this.#clock.elapsed();
    this.#cancel = this.#clock.schedule(Math.max(0, waitMs), () => this.#again(oldest));
  }

  /** Sends the oldest again, and with it those that are late by now: a timer for each would add up. */
  #again(oldest: Pending): void {
    const lateMs = this.#clock.elapsed() - this.#delayMs();
    let late: Pending | undefined = oldest;
    do {
      if (!this.#mayHedge()) return;
      late.again();
      [late] = this.#pending;
    } while (late !== undefined && late.sentMs <= lateMs);
  }

  /** Those without an answer count as slower than all others, or the first answers would make the rest look late. */
  #delayMs(): number {
    const middle = Math.floor((this.#times.length + this.#pending.size) / 2);
    const medianMs = this.#times.length < READ_HEDGE_SAMPLES_MIN ? undefined : this.#times[middle];
    if (medianMs !== undefined) return Math.max(READ_HEDGE_MS_MIN, medianMs * READ_HEDGE_MEDIANS);
    return Math.max(READ_HEDGE_MS_FIRST, (this.#times.at(-1) ?? 0) * READ_HEDGE_MEDIANS);
  }

  #mayHedge(): boolean {
    const reads = this.#times.length + this.#pending.size;
    if (this.#hedges >= Math.max(READ_HEDGES_MIN, reads * READ_HEDGES_SHARE)) return false;
    this.#hedges++;
    return true;
  }

  #note(ms: number): void {
    const at = this.#times.findIndex((time) => time > ms);
    this.#times.splice(at < 0 ? this.#times.length : at, 0, ms);
  }
}
