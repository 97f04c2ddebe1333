import type { Partition } from "./partition.ts";

/** Who wants to know when a partition grows. */
export class Watchers {
  readonly #listeners = new WeakMap<Partition, Set<() => void>>();
  #count = 0;

  /** Number of watches that are open. */
  get count(): number {
    return this.#count;
  }

  /** Calls `listener` after each commit that adds to one of the partitions. Returns a function that ends the watch. */
  watch(partitions: readonly Partition[], listener: () => void): () => void {
    for (const partition of partitions) {
      const listeners = this.#listeners.get(partition);
      if (listeners === undefined) this.#listeners.set(partition, new Set([listener]));
      else listeners.add(listener);
    }
    this.#count++;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#count--;
      for (const partition of partitions) this.#listeners.get(partition)?.delete(listener);
    };
  }

  notify(partitions: Iterable<Partition>): void {
    const called = new Set<() => void>();
    for (const partition of partitions) {
      for (const listener of this.#listeners.get(partition) ?? []) called.add(listener);
    }
    for (const listener of called) listener();
  }
}
