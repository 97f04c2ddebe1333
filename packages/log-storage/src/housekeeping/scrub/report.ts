/** What is wrong with a shard. */
export type ScrubProblem =
  /** The log cannot be folded: an entry is missing or broken, or the checkpoint does not add up. */
  | "log-unreadable"
  /** An entry above the floor is not there. */
  | "entry-missing"
  /** Rows lie in an object that is missing or too short. */
  | "object-missing"
  | "object-short"
  /** The rows do not have the checksum that the fold kept rolling. */
  | "rows-incomplete"
  /** The part of the newest checkpoint is missing; a cold start takes longer, nothing is lost. */
  | "checkpoint-incomplete"
  /** Deep: a batch's checksum, offsets or borders are wrong. */
  | "batch-damaged"
  /** Deep: the header section of an entry, or the footer of a pack. */
  | "header-damaged";

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

/** A number of objects. */
export interface ObjectTotal {
  objects: number;
  bytes: number;
}

/** What a scrub found. */
export interface ScrubReport {
  readonly shard: number;
  /** True when every committed record that is not deleted is there; in deep mode, and is what it was. */
  isComplete: boolean;
  readonly isDeep: boolean;
  /** Entry of the checkpoint that was read; -1: none. */
  checkpointSeq: number;
  /** Last entry. */
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
}

/** Findings that a report lists. */
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
  };
}

/** Adds a finding. */
export function addFinding(report: ScrubReport, finding: ScrubFinding): void {
  if (finding.problem !== "checkpoint-incomplete") report.isComplete = false;
  report.findingsTotal++;
  if (report.findings.length < SCRUB_FINDINGS_MAX) report.findings.push(finding);
}

/** Counts an object. */
export function addObject(total: ObjectTotal, object: { readonly size: number }): void {
  total.objects++;
  total.bytes += object.size;
}
