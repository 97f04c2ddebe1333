/** A line that counts up, on standard error. Without a terminal only the end is written. */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #startedAt = performance.now();
  #done = 0;
  #shownAt = 0;

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  add(count: number): void {
    this.#done += count;
    const now = performance.now();
    if (process.stderr.isTTY && now - this.#shownAt > 100) {
      this.#shownAt = now;
      process.stderr.write(`\r${this.#text()}`);
    }
  }

  /** Ends the line and returns the seconds it took. */
  end(): number {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = Math.round(this.#done / seconds).toLocaleString("en");
    const start = process.stderr.isTTY ? "\r" : "";
    process.stderr.write(`${start}${this.#text()} in ${seconds.toFixed(1)} s, ${rate} records/s\n`);
    return seconds;
  }

  #text(): string {
    const percent = Math.floor((100 * this.#done) / Math.max(1, this.#total));
    return `${this.#label.padEnd(32)} ${String(percent).padStart(3)} %  ${this.#done.toLocaleString("en").padStart(9)} records`;
  }
}
