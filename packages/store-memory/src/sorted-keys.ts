/** Keys in ascending order. A log adds at its end and deletes at its start, so both are cheap in an array. */
export class SortedKeys {
  #keys: string[];

  constructor(keys: Iterable<string>) {
    this.#keys = [...keys].sort(compare);
  }

  /** Adds a key that is not there yet. */
  add(key: string): void {
    const last = this.#keys.at(-1);
    if (last === undefined || compare(last, key) < 0) this.#keys.push(key);
    else this.#keys.splice(this.#firstAtOrAfter(key), 0, key);
  }

  /** Removes keys in one pass, however many they are. */
  remove(keys: readonly string[]): void {
    if (keys.length === 0) return;
    const gone = new Set(keys);
    this.#keys = this.#keys.filter((key) => !gone.has(key));
  }

  /** At most `count` keys that start with `prefix` and are greater than `after`. */
  page(range: { readonly prefix: string; readonly after: string; readonly count: number }): {
    readonly found: readonly string[];
    readonly more: boolean;
  } {
    const { prefix, after, count } = range;
    const start = compare(after, prefix) < 0 ? prefix : after;
    const found: string[] = [];
    for (let at = this.#firstAtOrAfter(start); at < this.#keys.length; at++) {
      const key = this.#keys[at];
      if (key === undefined || !key.startsWith(prefix)) break;
      if (key === after) continue;
      if (found.length === count) return { found, more: true };
      found.push(key);
    }
    return { found, more: false };
  }

  #firstAtOrAfter(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#keys[middle] ?? "", key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Byte order. JavaScript compares UTF-16 units, which is the same for the ASCII keys that the port allows. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
