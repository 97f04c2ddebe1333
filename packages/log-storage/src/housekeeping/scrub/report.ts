/** What is wrong with a shard. */
export type ScrubProblem =
  /** An entry cannot be read or folded, so what it and all behind it hold cannot be served. */
  | "log-unreadable"
  /** An entry above the floor is not there, or one behind which the log is known to have gone on. */
  | "entry-missing"
  /** Rows lie in an object that is missing or too short. */
  | "object-missing"
  | "object-short"
  /** The rows do not have the checksum that the fold kept rolling. */
  | "rows-incomplete"
  /** Deep: a batch's checksum, offsets or borders are wrong. */
  | "batch-damaged"
  /** Deep: the header section of an entry, or the first bytes or the footer of a pack. */
  | "header-damaged";

/** What should be mended although every record can be read: the log is folded from an older checkpoint or from its start. */
export type ScrubWarningProblem =
  /** A part of the checkpoint that a start begins with is missing. */
  | "checkpoint-incomplete"
  /** A part of a checkpoint is there and is not what was written. */
  | "checkpoint-damaged"
  /** The object that tells where the newest checkpoint is. */
  | "pointer-damaged";

/** One thing that is wrong. */
export interface ScrubFinding {
  readonly problem: ScrubProblem;
  /** Key of the object. */
  readonly key: string;
  /** One sentence. */
  readonly message: string;
  /** The records that cannot be read because of it, if it is about some. */
  readonly records?: {
    readonly topicId: string;
    readonly topic: string;
    readonly partition: number;
    readonly baseOffset: number;
    readonly endOffset: number;
  };
}

/** One thing that a start does without. */
export interface ScrubWarning {
  readonly problem: ScrubWarningProblem;
  /** Key of the object. */
  readonly key: string;
  /** One sentence. */
  readonly message: string;
}

/** A number of objects. */
export interface ObjectTotal {
  objects: number;
  bytes: number;
}

/** What a scrub found. */
export interface ScrubReport {
  readonly shard: number;
  /**
   * True when every record that was committed up to `tailSeq` and is not deleted is there; in deep mode, and is what it
   * was. Whether the log once went on behind `tailSeq` only a checkpoint or the pointer can tell.
   */
  isComplete: boolean;
  readonly isDeep: boolean;
  /** Entry of the checkpoint that was read; -1: none. */
  checkpointSeq: number;
  /** Last entry that could be folded. */
  tailSeq: number;
  gcFloor: number;
  topics: number;
  partitions: number;
  rows: number;
  rowBytes: number;
  /** Deep: batches whose bytes were checked. */
  batches: number;
  readonly entries: ObjectTotal;
  readonly packs: ObjectTotal;
  readonly checkpoints: ObjectTotal;
  /** To be deleted: entries below the floor, retired packs, old checkpoints. */
  readonly garbage: ObjectTotal;
  /** Packs that the log knows nothing of: on their way, or left behind by somebody who died. */
  readonly orphans: ObjectTotal;
  /** The first {@link SCRUB_FINDINGS_MAX}; `findingsTotal` counts all. */
  readonly findings: ScrubFinding[];
  findingsTotal: number;
  /** The first {@link SCRUB_FINDINGS_MAX}; `warningsTotal` counts all. */
  readonly warnings: ScrubWarning[];
  warningsTotal: number;
}

/** Findings, and warnings, that a report lists. */
export const SCRUB_FINDINGS_MAX = 1_000;

/** A report without findings. */
export function emptyReport(shard: number, isDeep: boolean): ScrubReport {
  const total = (): ObjectTotal => ({ objects: 0, bytes: 0 });
  return {
    shard,
    isComplete: true,
    isDeep,
    checkpointSeq: -1,
    tailSeq: -1,
    gcFloor: -1,
    topics: 0,
    partitions: 0,
    rows: 0,
    rowBytes: 0,
    batches: 0,
    entries: total(),
    packs: total(),
    checkpoints: total(),
    garbage: total(),
    orphans: total(),
    findings: [],
    findingsTotal: 0,
    warnings: [],
    warningsTotal: 0,
  };
}

/** Adds a finding. */
export function addFinding(report: ScrubReport, finding: ScrubFinding): void {
  report.isComplete = false;
  report.findingsTotal++;
  if (report.findings.length < SCRUB_FINDINGS_MAX) report.findings.push(finding);
}

/** Adds a warning. */
export function addWarning(report: ScrubReport, warning: ScrubWarning): void {
  report.warningsTotal++;
  if (report.warnings.length < SCRUB_FINDINGS_MAX) report.warnings.push(warning);
}

/** Counts an object. */
export function addObject(total: ObjectTotal, object: { readonly size: number }): void {
  total.objects++;
  total.bytes += object.size;
}
