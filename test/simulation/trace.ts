/** What happened, for people and for comparing two runs of a seed. */
export class Trace {
  readonly lines: string[] | undefined;
  /** A running hash of all events; equal runs have equal ones. */
  fingerprint: number = 0x811c9dc5;
  readonly #now: () => number;

  constructor(now: () => number, isKept: boolean) {
    this.#now = now;
    this.lines = isKept ? [] : undefined;
  }

  /** Notes an event. The text is only made when the trace is kept; the number always counts. */
  note(value: number, text: () => string): void {
    this.fingerprint = Math.imul(this.fingerprint ^ (value | 0), 0x01000193) >>> 0;
    this.fingerprint = Math.imul(this.fingerprint ^ Math.floor(this.#now() * 16), 0x01000193) >>> 0;
    this.lines?.push(`${(this.#now() / 1000).toFixed(3).padStart(10)}s  ${text()}`);
  }
}
