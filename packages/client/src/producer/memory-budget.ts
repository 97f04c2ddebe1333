interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/** Bytes producers may hold. Who asks first is served first, so a large record cannot starve. */
export class MemoryBudget {
  readonly #totalBytes: number;
  #usedBytes = 0;
  readonly #waiters: Waiter[] = [];

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** True while somebody waits. */
  get exhausted(): boolean {
    return this.#waiters.length > 0;
  }

  /** Takes bytes now, or returns false. One record is always admitted when nothing else is held. */
  tryReserve(bytes: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(bytes)) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** Resolves when the bytes are taken. `cancel` gives up the place in the queue. */
  reserve(bytes: number): { readonly taken: Promise<void>; readonly cancel: () => void } {
    if (this.tryReserve(bytes)) return { taken: Promise.resolve(), cancel: () => this.release(bytes) };
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter: Waiter = { bytes, admit: resolve };
    this.#waiters.push(waiter);
    const cancel = (): void => {
      const at = this.#waiters.indexOf(waiter);
      if (at < 0) return this.release(bytes);
      this.#waiters.splice(at, 1);
      this.#admit();
    };
    return { taken: promise, cancel };
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiters[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiters[0]) {
      this.#waiters.shift();
      this.#usedBytes += next.bytes;
      next.admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#totalBytes;
  }
}
