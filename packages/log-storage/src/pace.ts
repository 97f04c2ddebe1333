import {
  ENTRY_PAYLOAD_BYTES_MAX,
  HEDGE_BYTES_PER_MS,
  HEDGE_DELAY_MEDIANS,
  HEDGE_DELAY_MS_MIN,
  HEDGE_SAMPLES_MIN,
  LINGER_MEDIANS,
  LINGER_MS_MAX,
  LINGER_MS_MIN,
  PIPELINED_ENTRY_BYTES_MAX,
  SLOW_LINK_BYTES_PER_MS,
  STALLED_MS,
  THROTTLE_DECAY,
  THROTTLE_MS_MAX,
  THROTTLE_MS_MIN,
} from "./limits.ts";
import type { PutBudget } from "./put-budget.ts";
import { WriteTimes } from "./write-times.ts";

/** What timers can tell apart, milliseconds. */
const TIMER_MS = 1;

/** What decides about the pace of entries. */
export interface PaceSettings {
  /** Entries that may be on their way at the same time. */
  readonly entriesInFlight: number;
  /** Bytes that must wait before an entry goes out behind another to a store that answers at once. */
  readonly pipelinedEntryBytesMin: number;
  /** Wait for more before each entry, milliseconds; undefined: as long as suits the store. */
  readonly lingerMs: number | undefined;
  readonly hedge: boolean;
  readonly budget: PutBudget | undefined;
}

/** What waits and what is on its way. */
export interface Backlog {
  /** `clock.elapsed()`, milliseconds. */
  readonly nowMs: number;
  readonly bytes: number;
  /** When the oldest was queued. */
  readonly sinceMs: number;
  readonly inFlight: number;
  /** Holds something that must not wait. */
  readonly isUrgent: boolean;
}

/**
 * When the next entry goes out. The first after a rest goes at once. Behind one that is on its way it waits until 0.6 of
 * the median write has passed since the last launch, or until so many bytes wait that they are worth an entry; a store
 * that answers within a few milliseconds needs no such wait, only enough bytes. After a lost key, and while the store
 * asks to slow down, entries go one by one. Pure: times are arguments.
 */
export class Pace {
  readonly #settings: PaceSettings;
  readonly #times = new WriteTimes();
  #window = 1;
  #launchedMs = -Infinity;
  /** Extra wait between launches because the store asked for it. */
  #throttleMs = 0;
  #throttledAtMs = -Infinity;
  /** Answers since then without being asked again. */
  #answersInARow = 0;

  constructor(settings: PaceSettings) {
    this.#settings = settings;
  }

  /** How long entries wait behind others now, milliseconds; 0: only for bytes. */
  get lingerMs(): number {
    if (this.#settings.lingerMs !== undefined) return this.#settings.lingerMs;
    const lingerMs = Math.min(LINGER_MS_MAX, this.#times.medianMs * LINGER_MEDIANS);
    return lingerMs < LINGER_MS_MIN ? 0 : lingerMs;
  }

  /** Milliseconds until the next entry may go; `Infinity`: not before one that is on its way has settled, or more waits. */
  waitMs(backlog: Backlog): number {
    const { nowMs, inFlight, isUrgent } = backlog;
    if (inFlight >= this.#window) return Infinity;
    if (isUrgent) return 0;
    const spacingMs = Math.max(this.#throttleMs, this.#settings.budget?.spacingMs(nowMs) ?? 0);
    const waitMs = Math.max(this.#launchedMs + spacingMs - nowMs, this.#gatheringMs(backlog));
    // A rest too short for any timer would only be asked for again and again.
    return waitMs < TIMER_MS ? 0 : waitMs;
  }

  #gatheringMs({ nowMs, bytes, sinceMs, inFlight }: Backlog): number {
    if (bytes >= ENTRY_PAYLOAD_BYTES_MAX) return 0;
    const { lingerMs, pipelinedEntryBytesMin } = this.#settings;
    if (lingerMs !== undefined && lingerMs > 0) {
      const restMs = sinceMs + lingerMs - nowMs;
      return restMs > 0 || inFlight === 0 || bytes >= pipelinedEntryBytesMin ? restMs : Infinity;
    }
    const gatherMs = this.lingerMs;
    if (inFlight === 0 || bytes >= this.#bytesWorthAnEntry(gatherMs)) return 0;
    return gatherMs === 0 ? Infinity : this.#launchedMs + gatherMs - nowMs;
  }

  /** The longer a write takes, the more it should carry, up to where another request costs next to nothing by the byte. */
  #bytesWorthAnEntry(lingerMs: number): number {
    const bytes = this.#settings.pipelinedEntryBytesMin * Math.max(1, lingerMs / LINGER_MS_MIN);
    return Math.min(bytes, Math.max(PIPELINED_ENTRY_BYTES_MAX, this.#settings.pipelinedEntryBytesMin));
  }

  noteLaunch(nowMs: number): void {
    this.#launchedMs = nowMs;
  }

  /** A write was sent, for the first time or again. */
  notePut(nowMs: number): void {
    this.#settings.budget?.spend(nowMs);
  }

  /** The store has answered a write for certain. */
  noteAnswer(bytes: number, ms: number): void {
    this.#times.note(bytes, ms);
    // A store that is at its limit soon says so again; one that does not has recovered, and should not be idle for long.
    const shrunkMs = this.#throttleMs * THROTTLE_DECAY ** ++this.#answersInARow;
    this.#throttleMs = shrunkMs < THROTTLE_MS_MIN ? 0 : shrunkMs;
  }

  /** The store asked to slow down. Several writes on their way are told the same; that counts once. */
  noteThrottled(nowMs: number): void {
    this.#window = 1;
    this.#answersInARow = 0;
    if (nowMs < this.#throttledAtMs + this.#throttleMs) return;
    this.#throttledAtMs = nowMs;
    const first = Math.max(THROTTLE_MS_MIN, this.#times.medianMs);
    this.#throttleMs = Math.min(THROTTLE_MS_MAX, Math.max(first, this.#throttleMs * 2));
  }

  /** An entry became part of the log. */
  noteSuccess(): void {
    if (this.#throttleMs === 0) this.#window = Math.min(this.#window + 1, this.#settings.entriesInFlight);
  }

  /** A key was lost to another writer, or the shard to another owner. */
  noteConflict(): void {
    this.#window = 1;
  }

  /** Whether a second request may be sent beside one that hangs. */
  get hedges(): boolean {
    return this.#settings.hedge;
  }

  /** After which time a write of so many bytes is worth a second attempt beside the first; undefined: never. */
  hedgeDelayMs(bytes: number): number | undefined {
    if (!this.#settings.hedge) return undefined;
    const medianMs = this.#times.medianOf(bytes, HEDGE_SAMPLES_MIN);
    // Without knowing the store: long enough for a slow link to carry that many bytes.
    if (medianMs === undefined) return STALLED_MS + bytes / SLOW_LINK_BYTES_PER_MS;
    // What takes long because it is large, or because the link is full, only takes longer when it is sent twice.
    return Math.max(HEDGE_DELAY_MS_MIN, medianMs * HEDGE_DELAY_MEDIANS + bytes / HEDGE_BYTES_PER_MS);
  }

  /** A write that hangs for seconds was lost; then one more request helps, whatever else is scarce. */
  mayHedge(nowMs: number, waitedMs = 0): boolean {
    if (waitedMs >= STALLED_MS) return true;
    return this.#throttleMs === 0 && this.#settings.budget?.isLow(nowMs) !== true;
  }
}
