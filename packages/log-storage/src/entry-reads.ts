import type { ColdLane } from "./cold-lane.ts";
import { damaged } from "./entry-codec.ts";
import { ENTRY_READ_BYTES_MAX, ENTRY_READ_GAP_BYTES_MAX } from "./limits.ts";
import type { LogStore } from "./ports/log-store.ts";

/** How soon a read is needed. `tail` does not wait for history. */
export type Urgency = "tail" | "wanted" | "ahead";

/** Where somebody's bytes lie in an entry. */
export interface EntryRange {
  readonly position: number;
  readonly length: number;
}

interface Wanted extends EntryRange {
  resolve(bytes: Uint8Array): void;
  reject(error: unknown): void;
}

/** Ranges of one entry that have not begun to be read. */
interface Gathering {
  readonly seq: number;
  readonly wanted: Wanted[];
  readonly urgencies: Set<Urgency>;
  isStarted: boolean;
}

/**
 * Reads ranges of entries. An entry holds a run of every partition that was written at the time, and whoever follows a
 * topic wants them all; so ranges of one entry that are asked for before its turn comes are read together.
 */
export class EntryReads {
  readonly #log: Pick<LogStore, "read">;
  readonly #lane: ColdLane;
  readonly #gathering = new Map<number, Gathering>();

  constructor(log: Pick<LogStore, "read">, lane: ColdLane) {
    this.#log = log;
    this.#lane = lane;
  }

  /** True when so much is being read ahead that more would only wait. */
  get isCrowded(): boolean {
    return this.#lane.isCrowded;
  }

  /** The bytes of a range; a view that may share its memory with ranges that were read with it. */
  read(seq: number, { position, length }: EntryRange, urgency: Urgency): Promise<Uint8Array> {
    const known = this.#gathering.get(seq);
    const gathering: Gathering = known ?? { seq, wanted: [], urgencies: new Set(), isStarted: false };
    if (known === undefined) this.#gathering.set(seq, gathering);
    if (!gathering.urgencies.has(urgency)) {
      gathering.urgencies.add(urgency);
      // Behind this call come those of the same fetch for other partitions.
      queueMicrotask(() => void this.#queue(gathering, urgency));
    }
    return new Promise((resolve, reject) => gathering.wanted.push({ position, length, resolve, reject }));
  }

  /** Whichever queue has a place first starts the read; the places in others are left again at once. */
  #queue(gathering: Gathering, urgency: Urgency): Promise<void> {
    const start = (): Promise<void> => this.#start(gathering);
    return urgency === "tail" ? start() : this.#lane.run(urgency, start);
  }

  async #start(gathering: Gathering): Promise<void> {
    if (gathering.isStarted) return;
    gathering.isStarted = true;
    this.#gathering.delete(gathering.seq);
    await Promise.all(neighbours(gathering.wanted).map((wanted) => this.#fetch(gathering.seq, wanted)));
  }

  /** Never rejects: the failure belongs to those who asked. */
  async #fetch(seq: number, wanted: readonly Wanted[]): Promise<void> {
    const offset = wanted[0]?.position ?? 0;
    const length = endOf(wanted) - offset;
    try {
      const answer = await this.#log.read(seq, { offset, length });
      if (!answer.found) throw damaged(seq, "the object is missing");
      if (answer.bytes.length !== length) throw damaged(seq, `it ends early, at byte ${answer.size}`);
      for (const { position, length: bytes, resolve } of wanted)
        resolve(answer.bytes.subarray(position - offset, position - offset + bytes));
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }
}

/** Groups of ranges that are worth one read each: close to one another, and not too large together. */
function neighbours(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const groups: Wanted[][] = [];
  for (const range of wanted.toSorted((left, right) => left.position - right.position)) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const fits =
      group !== undefined &&
      first !== undefined &&
      range.position - endOf(group) <= ENTRY_READ_GAP_BYTES_MAX &&
      range.position + range.length - first.position <= ENTRY_READ_BYTES_MAX;
    if (fits) group.push(range);
    else groups.push([range]);
  }
  return groups;
}

function endOf(group: readonly EntryRange[]): number {
  let end = 0;
  for (const { position, length } of group) end = Math.max(end, position + length);
  return end;
}
