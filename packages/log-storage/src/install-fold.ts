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

interface Accepted {
  readonly partition: Partition;
  readonly range: RowRange;
}

/**
 * Applies an install, part by part. A part is accepted if its partition exists and was not replaced in since the plan
 * was made, and if its range begins and ends at borders of rows (those below the log start may be gone already).
 */
export function applyInstall(target: InstallTarget, command: InstallCommand, at: LogMoment): CommandOutcome {
  if (at.timestampMs - command.createdAtMs > INSTALL_AGE_MS_MAX) return { status: "rejected", reason: "too-old" };
  const packs = new InstalledPacks(target.rows.packs, command);
  const revisions = new Map<Partition, number>();
  const accepted: number[] = [];
  for (const [index, part] of command.parts.entries()) {
    const found = accept(target, part, revisions);
    if (found === undefined || !packs.holds(part)) continue;
    const { partition, range } = found;
    target.rows.replace(partition, range, part.pack === -1 ? undefined : rowOf(part, packs.number(part.pack)), at);
    // One install is one step, however many parts of the partition it replaces.
    if (!revisions.has(partition)) revisions.set(partition, partition.revision++);
    partition.cleanedOffset = Math.max(partition.cleanedOffset, part.cleanedThrough);
    accepted.push(index);
  }
  return { status: "installed", accepted };
}

function accept(
  target: InstallTarget,
  part: InstallPart,
  revisions: ReadonlyMap<Partition, number>,
): Accepted | undefined {
  const partition = target.partition(part.topicId, part.partition);
  if (partition === undefined) return undefined;
  if ((revisions.get(partition) ?? partition.revision) !== part.expectedRevision) return undefined;
  if (part.endOffset > partition.endOffset || part.cleanedThrough > partition.endOffset) return undefined;
  const range = partition.runs.rowsWithin(part.baseOffset, part.endOffset);
  return range === undefined ? undefined : { partition, range };
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
