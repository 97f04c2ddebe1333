/** One after the other per key, within this process. */
export class KeyLocks {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs when everything that was asked for before on the same key has ended. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
