import type { InstallCommand, InstallPart } from "../install-command.ts";

/** A batch as the model knows it. */
export interface ModelBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly tag: number;
}

interface ModelRow {
  readonly baseOffset: number;
  readonly endOffset: number;
}

interface ModelPartition {
  batches: ModelBatch[];
  rows: ModelRow[];
  logStartOffset: number;
  endOffset: number;
  revision: number;
}

/** What a log should hold, the simplest way: lists that are searched from the front. */
export class LogModel {
  readonly #partitions = new Map<string, ModelPartition[]>();

  /** Ids of the topics that exist. */
  get topicIds(): readonly string[] {
    return [...this.#partitions.keys()];
  }

  createTopic(topicId: string, partitions: number): void {
    const empty = (): ModelPartition => ({ batches: [], rows: [], logStartOffset: 0, endOffset: 0, revision: 0 });
    this.#partitions.set(topicId, Array.from({ length: partitions }, empty));
  }

  deleteTopic(topicId: string): void {
    this.#partitions.delete(topicId);
  }

  partitions(topicId: string): readonly ModelPartition[] {
    return this.#partitions.get(topicId) ?? [];
  }

  partition(topicId: string, partition: number): ModelPartition | undefined {
    return this.#partitions.get(topicId)?.[partition];
  }

  /** One batch, which is one row: an entry holds at most one of a partition here. */
  append(topicId: string, partition: number, { count, tag }: { readonly count: number; readonly tag: number }): void {
    const found = this.partition(topicId, partition);
    if (found === undefined) return;
    const baseOffset = found.endOffset;
    found.endOffset += count;
    found.batches.push({ baseOffset, lastOffset: found.endOffset - 1, tag });
    found.rows.push({ baseOffset, endOffset: found.endOffset });
  }

  advanceStart(topicId: string, partition: number, offset: number): void {
    const found = this.partition(topicId, partition);
    if (found === undefined || offset > found.endOffset || offset <= found.logStartOffset) return;
    found.logStartOffset = offset;
    found.rows = found.rows.filter(({ endOffset }) => endOffset > offset);
    found.batches = found.batches.filter(({ lastOffset }) => lastOffset >= offset);
  }

  /** Applies an install whose packs hold the batches with `keeps`. Returns the indexes of the parts it accepts. */
  install(command: InstallCommand, keeps: (tag: number) => boolean): readonly number[] {
    const before = new Map(command.parts.map((part) => [part, this.partition(part.topicId, part.partition)?.revision]));
    const replaced = new Set<ModelPartition>();
    const accepted: number[] = [];
    for (const [index, part] of command.parts.entries()) {
      const found = this.partition(part.topicId, part.partition);
      if (found === undefined || before.get(part) !== part.expectedRevision || !fits(found, part)) continue;
      const isInside = (row: ModelRow): boolean => row.baseOffset >= part.baseOffset && row.endOffset <= part.endOffset;
      const behind = found.rows.filter((row) => row.baseOffset >= part.endOffset);
      const ahead = found.rows.filter((row) => !isInside(row) && row.endOffset <= part.baseOffset);
      const { baseOffset, endOffset } = part;
      found.rows = [...ahead, ...(part.pack === -1 ? [] : [{ baseOffset, endOffset }]), ...behind];
      found.batches = found.batches.filter(
        (batch) => batch.baseOffset < baseOffset || batch.baseOffset >= endOffset || keeps(batch.tag),
      );
      replaced.add(found);
      accepted.push(index);
    }
    for (const partition of replaced) partition.revision++;
    return accepted;
  }
}

/** Some row lies in the range, and none across one of its ends. */
function fits({ rows, endOffset }: ModelPartition, part: InstallPart): boolean {
  if (part.endOffset > endOffset) return false;
  const touched = rows.filter((row) => row.endOffset > part.baseOffset && row.baseOffset < part.endOffset);
  return (
    touched.length > 0 && touched.every((row) => row.baseOffset >= part.baseOffset && row.endOffset <= part.endOffset)
  );
}
