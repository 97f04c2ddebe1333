import { createHash, type Hash } from "node:crypto";

/** A record as far as both doors show it. */
export interface SeenRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What a topic holds: how many records, and for each key its values in order. Two topics with equal ones are equal. */
export class Fingerprint {
  readonly #keys = new Map<string, { readonly hash: Hash; count: number }>();
  count = 0;
  bytes = 0;

  add({ key, value }: SeenRecord): void {
    const name = Buffer.from(key).toString();
    const seen = this.#keys.get(name) ?? { hash: createHash("sha256"), count: 0 };
    this.#keys.set(name, seen);
    // The length keeps ["ab", "c"] apart from ["a", "bc"].
    seen.hash.update(`${value.length}:`).update(value);
    seen.count++;
    this.count++;
    this.bytes += key.length + value.length;
  }

  /** Keys seen. */
  get keys(): number {
    return this.#keys.size;
  }

  /** Differences from what was expected, as sentences; none when all keys have the same values in the same order. */
  differencesFrom(expected: Fingerprint): readonly string[] {
    const differences: string[] = [];
    if (this.count !== expected.count) differences.push(`${this.count} records instead of ${expected.count}`);
    for (const [name, wanted] of expected.#keys) {
      const found = this.#keys.get(name);
      if (found === undefined) differences.push(`key "${name}" is missing`);
      else if (found.count !== wanted.count) {
        differences.push(`key "${name}" has ${found.count} records instead of ${wanted.count}`);
      } else if (found.hash.copy().digest("hex") !== wanted.hash.copy().digest("hex")) {
        differences.push(`key "${name}" has other values, or in another order`);
      }
    }
    for (const name of this.#keys.keys()) {
      if (!expected.#keys.has(name)) differences.push(`key "${name}" was never sent`);
    }
    return differences;
  }
}
