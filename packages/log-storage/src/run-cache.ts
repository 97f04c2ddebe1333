import type { LoadedRun } from "./batch-layout.ts";
import type { Run } from "./run-index.ts";

/** Key of a run: no two runs share entry and position. */
export function runKey(run: Pick<Run, "source" | "position">): string {
  return `${run.source}:${run.position}`;
}

/** Runs in memory up to a number of bytes; the least recently added or used goes first. */
export class RunCache {
  readonly #limitBytes: number;
  readonly #runs = new Map<string, LoadedRun>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): LoadedRun | undefined {
    return this.#runs.get(key);
  }

  /** Marks as used, so that others go first. */
  touch(key: string): void {
    const run = this.#runs.get(key);
    if (run === undefined) return;
    this.#runs.delete(key);
    this.#runs.set(key, run);
  }

  add(key: string, run: LoadedRun): void {
    if (run.bytes > this.#limitBytes || this.#runs.has(key)) return;
    this.#runs.set(key, run);
    this.#bytes += run.bytes;
    for (const [oldest, { bytes }] of this.#runs) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#runs.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}
