import type { CommandOutcome } from "./command.ts";
import type { InstallCommand, InstallPart } from "./install-command.ts";
import { INSTALL_AGE_MS_MAX } from "./limits.ts";
import type { PackTable } from "./pack-table.ts";
import type { Partition } from "./partition.ts";
import type { LogMoment, RowBook } from "./row-book.ts";
import type { RowRange, Run } from "./run-index.ts";
import { sourceOfPack } from "./run-index.ts";

/** The fold as an install sees it. */
export interface InstallTarget {
  readonly rows: RowBook;
  partition(topicId: string, partition: number): Partition | undefined;
}

/** Parts that take the place of rows together, and what they replace. */
interface Replacement {
  readonly partition: Partition;
  readonly range: RowRange;
  /** Indexes of the parts, from `first` up to but not including `end`. */
  readonly first: number;
  readonly end: number;
}

/**
 * Applies an install. Parts are accepted if their partition exists and was not replaced in since the plan was made, and
 * if their range begins and ends at borders of rows (those below the log start may be gone already). Where a row was
 * cut, that holds for neighbouring parts together: then all of them are accepted or none.
 */
export function applyInstall(target: InstallTarget, command: InstallCommand, at: LogMoment): CommandOutcome {
  if (at.timestampMs - command.createdAtMs > INSTALL_AGE_MS_MAX) return { status: "rejected", reason: "too-old" };
  const packs = new InstalledPacks(target.rows.packs, command);
  const revisions = new Map<Partition, number>();
  const accepted: number[] = [];
  for (let first = 0; first < command.parts.length;) {
    const found = replacementAt(target, command.parts, first, revisions);
    first = found.end;
    if (found.partition === undefined) continue;
    const { partition, range } = found;
    const parts = command.parts.slice(found.first, found.end);
    if (!parts.every((part) => packs.holds(part))) continue;
    // The log start may have moved on to the middle of a row that was cut.
    const isLive = ({ endOffset }: InstallPart): boolean => endOffset > partition.logStartOffset;
    const rows = parts.filter((part) => part.pack !== -1 && isLive(part));
    target.rows.replace(
      partition,
      range,
      rows.map((part) => rowOf(part, packs.number(part.pack))),
      at,
    );
    // One install is one step, however many parts of the partition it replaces.
    if (!revisions.has(partition)) revisions.set(partition, partition.revision++);
    for (const [index, part] of parts.entries()) {
      if (!isLive(part)) continue;
      partition.cleanedOffset = Math.max(partition.cleanedOffset, part.cleanedThrough);
      accepted.push(found.first + index);
    }
  }
  return { status: "installed", accepted };
}

/** The fewest parts from `first` on that begin and end at borders of rows; without a partition: these do not fit. */
function replacementAt(
  target: InstallTarget,
  parts: readonly InstallPart[],
  first: number,
  revisions: ReadonlyMap<Partition, number>,
): Replacement | { readonly partition: undefined; readonly end: number } {
  const part = parts[first];
  const partition = part === undefined ? undefined : target.partition(part.topicId, part.partition);
  const isPlanned =
    partition !== undefined && (revisions.get(partition) ?? partition.revision) === part?.expectedRevision;
  if (part === undefined || !isPlanned || !beginsRow(partition, part)) return { partition: undefined, end: first + 1 };
  let end = first;
  for (let next: InstallPart | undefined = part; next !== undefined; next = behind(next, parts[end])) {
    if (next.endOffset > partition.endOffset || next.cleanedThrough > partition.endOffset) break;
    end++;
    const range = partition.runs.rowsWithin(part.baseOffset, next.endOffset);
    if (range !== undefined) return { partition, range, first, end };
  }
  return { partition: undefined, end: Math.max(end, first + 1) };
}

/** Whether the first row that ends in the part or behind it also begins in it. */
function beginsRow({ runs }: Partition, { baseOffset, endOffset }: InstallPart): boolean {
  const row = runs.at(runs.indexOfOffset(baseOffset));
  return row !== undefined && row.baseOffset >= baseOffset && row.baseOffset < endOffset;
}

/** The next part, if it goes on where this one ends. */
function behind(part: InstallPart, next: InstallPart | undefined): InstallPart | undefined {
  const goesOn =
    next?.topicId === part.topicId &&
    next.partition === part.partition &&
    next.baseOffset === part.endOffset &&
    next.expectedRevision === part.expectedRevision;
  return goesOn ? next : undefined;
}

function rowOf(part: InstallPart, packNumber: number): Run {
  const { baseOffset, endOffset, position, length, maxTimestampMs } = part;
  return { baseOffset, endOffset, source: sourceOfPack(packNumber), position, length, maxTimestampMs, epoch: 0 };
}

/** The packs of one install. A pack gets its number with its first accepted part. */
class InstalledPacks {
  readonly #table: PackTable;
  readonly #packs: InstallCommand["packs"];
  readonly #known: readonly boolean[];
  readonly #numbers = new Map<number, number>();

  constructor(table: PackTable, { packs }: InstallCommand) {
    this.#table = table;
    this.#packs = packs;
    this.#known = packs.map(({ packId }, index) => {
      const first = packs.findIndex((other) => other.packId === packId);
      return first !== index || table.knows(packId);
    });
  }

  /** A pack under two numbers would be deleted with the first while rows still lie in the second. */
  holds({ pack, position, length }: InstallPart): boolean {
    if (pack === -1) return true;
    const described = this.#packs[pack];
    return (
      described !== undefined &&
      this.#known[pack] === false &&
      length > 0 &&
      position + length <= described.footerPosition
    );
  }

  number(index: number): number {
    const known = this.#numbers.get(index);
    const pack = this.#packs[index];
    if (known !== undefined || pack === undefined) return known ?? -1;
    const number = this.#table.add(pack);
    this.#numbers.set(index, number);
    return number;
  }
}
