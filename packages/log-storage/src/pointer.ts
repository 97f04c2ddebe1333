import { fromUtf8, utf8 } from "@streambed/kernel";
import { pointerKey } from "./keys.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { FloorRead } from "./time-rule.ts";

/** The one mutable object of a shard: where to look first, and which entries may be gone. */
export interface Pointer {
  readonly checkpointSeq: number;
  /** Log entries up to this one may be deleted; -1: none. */
  readonly gcFloor: number;
  /** Store time at which that floor was published, as the swap after it noted it; 0: not noted yet. */
  readonly floorSinceMs: number;
}

/** What a look at the pointer found. */
export interface PointerRead {
  /** Undefined when there is none, or none that can be read. */
  readonly pointer: Pointer | undefined;
  /** For the next swap; undefined when there is no object. */
  readonly etag: string | undefined;
  /** The store's time of the answer. */
  readonly storeTimeMs: number;
}

/** Reads a shard's pointer. */
export async function readPointer(store: Pick<ObjectStore, "get">, shard: number): Promise<PointerRead> {
  const answer = await store.get(pointerKey(shard));
  const { storeTimeMs } = answer;
  if (!answer.found) return { pointer: undefined, etag: undefined, storeTimeMs };
  return { pointer: parsePointer(answer.bytes), etag: answer.etag, storeTimeMs };
}

/**
 * Replaces the pointer if it is still the one that `current` saw. Resolves with the store's time of the swap, or
 * undefined when somebody else was first.
 */
export async function swapPointer(
  store: ObjectStore,
  shard: number,
  current: PointerRead,
  next: Pointer,
): Promise<number | undefined> {
  const { etag } = current;
  const condition = etag === undefined ? ({ kind: "absent" } as const) : ({ kind: "etag", etag } as const);
  const { outcome, storeTimeMs } = await store.put(pointerKey(shard), [utf8(JSON.stringify(next))], { condition });
  return outcome === "written" ? storeTimeMs : undefined;
}

/** The floor of deletions now. Without a pointer it is below the first entry that is left. */
export async function lookAtFloor(store: ObjectStore, shard: number, log: LogStore): Promise<FloorRead> {
  const { pointer, storeTimeMs } = await readPointer(store, shard);
  if (pointer !== undefined) return { floor: pointer.gcFloor, storeTimeMs };
  return { floor: await floorOfLog(log), storeTimeMs };
}

/** The floor that follows from the log itself when no pointer tells it: everything below the first entry is gone. */
export async function floorOfLog(log: LogStore): Promise<number> {
  const { seqs } = await log.list(-1);
  return (seqs[0] ?? 0) - 1;
}

/** Undefined for text that is no pointer: it is only a hint, so it is then ignored. */
function parsePointer(bytes: Uint8Array): Pointer | undefined {
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes));
    if (typeof value !== "object" || value === null) return undefined;
    const { checkpointSeq, gcFloor, floorSinceMs } = value as Partial<Record<keyof Pointer, unknown>>;
    const seq = integer(checkpointSeq);
    if (seq === undefined) return undefined;
    return { checkpointSeq: seq, gcFloor: integer(gcFloor) ?? -1, floorSinceMs: integer(floorSinceMs) ?? 0 };
  } catch {
    return undefined;
  }
}

function integer(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}
