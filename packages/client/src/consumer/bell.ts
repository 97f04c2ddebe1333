/** Wakes whoever waits for something to change. Take the promise before looking, so that no ring is missed. */
export class Bell {
  #next = Promise.withResolvers<void>();

  /** Resolves at the next ring. */
  get rung(): Promise<void> {
    return this.#next.promise;
  }

  ring(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers<void>();
    resolve();
  }
}
