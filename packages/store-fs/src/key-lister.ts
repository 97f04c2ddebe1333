import { join } from "node:path";
import { systemClock } from "@streambed/kernel";
import { errnoOf, MISSING, unless, type FileIo } from "./file-io.ts";
import { partOfName, pathOfPart, pathOfPrefix } from "./key-path.ts";
import { LISTED_DIRECTORIES_MAX } from "./limits.ts";

/** Age of a directory's last change from which on it cannot hide a second change: far above the kernel's clock tick. */
const QUIET_MS = 100;

/** A key and where its file is. */
export interface ListedKey {
  readonly key: string;
  readonly path: string;
}

interface Listing {
  readonly identity: string;
  /** Parts of keys, a directory's with its slash, in the order of keys. */
  readonly parts: readonly string[];
}

/** Which keys to list. */
export interface KeyRange {
  readonly prefix: string;
  readonly after: string;
}

/** Lists keys in order by walking directories, each of which is read and sorted once while nothing changes in it. */
export class KeyLister {
  readonly #io: FileIo;
  readonly #root: string;
  readonly #listings = new Map<string, Listing>();
  // The file system's own time, which is the machine's whatever clock the store was given.
  readonly #clock = systemClock();

  constructor(io: FileIo, root: string) {
    this.#io = io;
    this.#root = root;
  }

  /** Up to `count` keys of the range, ascending. */
  async first(count: number, range: KeyRange): Promise<readonly ListedKey[]> {
    const base = range.prefix.slice(0, range.prefix.lastIndexOf("/") + 1);
    const found: ListedKey[] = [];
    for await (const listed of this.#walk(join(this.#root, pathOfPrefix(base)), base, range)) {
      found.push(listed);
      if (found.length === count) break;
    }
    return found;
  }

  async *#walk(directory: string, base: string, range: KeyRange): AsyncGenerator<ListedKey> {
    const { prefix, after } = range;
    const parts = await this.#partsOf(directory);
    for (let at = firstAfter(parts, base, range); at < parts.length; at++) {
      const part = parts[at];
      if (part === undefined) return;
      const key = base + part;
      const path = join(directory, pathOfPart(part));
      if (!key.startsWith(prefix)) {
        if (key > prefix) return;
      } else if (part.endsWith("/")) yield* this.#walk(path, key, range);
      else if (key > after) yield { key, path };
    }
  }

  async #partsOf(directory: string): Promise<readonly string[]> {
    const startMs = this.#clock.now();
    const stats = await unless(MISSING, this.#io.stat(directory, { bigint: true }));
    if (stats === undefined) return [];
    const identity = `${stats.ino}-${stats.mtimeNs}`;
    const known = this.#listings.get(directory);
    if (known?.identity === identity) return known.parts;
    this.#listings.delete(directory);
    const parts = await this.#readParts(directory);
    if (Number(stats.mtimeNs / 1_000_000n) + QUIET_MS < startMs) this.#remember(directory, { identity, parts });
    return parts;
  }

  async #readParts(directory: string): Promise<readonly string[]> {
    try {
      const parts: string[] = [];
      for (const entry of await this.#io.readdir(directory, { withFileTypes: true })) {
        const part = partOfName(entry.name);
        if (part === undefined) continue;
        if (entry.isFile()) parts.push(part);
        else if (entry.isDirectory()) parts.push(`${part}/`);
      }
      // Without a comparison of ours, which would take most of the time that listing a large directory takes.
      return parts.sort();
    } catch (error) {
      if (MISSING.includes(errnoOf(error) ?? "")) return [];
      throw error;
    }
  }

  #remember(directory: string, listing: Listing): void {
    this.#listings.set(directory, listing);
    const [oldest] = this.#listings.keys();
    if (this.#listings.size > LISTED_DIRECTORIES_MAX && oldest !== undefined) this.#listings.delete(oldest);
  }
}

/** Index of the first part that can hold keys of the range: a walk over 100,000 keys may start near its end. */
function firstAfter(parts: readonly string[], base: string, { prefix, after }: KeyRange): number {
  const start = after > prefix ? after : prefix;
  if (start <= base) return 0;
  // Everything below `base` is either before or behind a start that is not below it.
  if (!start.startsWith(base)) return start > base ? parts.length : 0;
  const rest = start.slice(base.length);
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((parts[middle] ?? "") < rest) low = middle + 1;
    else high = middle;
  }
  // The directory in which the start lies sorts directly before it.
  const before = parts[low - 1];
  return before !== undefined && before.endsWith("/") && rest.startsWith(before) ? low - 1 : low;
}
