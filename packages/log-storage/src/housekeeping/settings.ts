import { PACK_BYTES_MAX } from "../limits.ts";

/** Settings of housekeeping. Those that Kafka has too are named after its broker configs and have its defaults. */
export interface HousekeepingSettings {
  /** `log.cleanup.policy`: `delete`, `compact`, or both with a comma. */
  readonly logCleanupPolicy: string;
  /** `log.retention.ms`; undefined: not given, then minutes count, then hours. -1: without limit. */
  readonly logRetentionMs: number | undefined;
  readonly logRetentionMinutes: number | undefined;
  readonly logRetentionHours: number;
  /** `log.retention.bytes` of a partition; -1: without limit. */
  readonly logRetentionBytes: number;
  /** `log.roll.ms`; undefined: not given, then hours count. No row of a partition spans more time. */
  readonly logRollMs: number | undefined;
  readonly logRollHours: number;
  /** `log.segment.bytes`: nor more bytes. */
  readonly logSegmentBytes: number;
  /** `log.retention.check.interval.ms`: how often retention and garbage are looked at, at most. */
  readonly logRetentionCheckIntervalMs: number;
  /** `log.cleaner.backoff.ms`: how often a host looks whether there is anything else to do. */
  readonly logCleanerBackoffMs: number;
  /** False: topics are not compacted. */
  readonly logCleanerEnable: boolean;
  /** Memory for the keys of one cleaning, bytes. */
  readonly logCleanerDedupeBufferSize: number;
  /** Share of that memory that is used (`log.cleaner.io.buffer.load.factor`). */
  readonly logCleanerIoBufferLoadFactor: number;
  readonly logCleanerMinCleanableRatio: number;
  readonly logCleanerMinCompactionLagMs: number;
  readonly logCleanerMaxCompactionLagMs: number;
  readonly logCleanerDeleteRetentionMs: number;
  /** Entries are packed when they hold this many bytes, or when the oldest is this old. */
  readonly flushBytes: number;
  readonly flushMs: number;
  /** Packs that are merged into one level up, while their parts are on average smaller than this. */
  readonly mergeFanIn: number;
  readonly mergePartBytesMax: number;
  /** Bytes of batches after which a pack is closed. */
  readonly packBytes: number;
  /** How long a deletion waits after it was announced, milliseconds of store time. */
  readonly graceMs: number;
  /** How often orphans are looked for, and how old they must be, milliseconds of store time. */
  readonly sweepIntervalMs: number;
  readonly orphanAgeMs: number;
  /** Newest checkpoints that always stay. */
  readonly checkpointsKept: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Kafka 4's defaults, and ours for what Kafka does not have. */
export const HOUSEKEEPING_DEFAULTS: HousekeepingSettings = {
  logCleanupPolicy: "delete",
  logRetentionMs: undefined,
  logRetentionMinutes: undefined,
  logRetentionHours: 168,
  logRetentionBytes: -1,
  logRollMs: undefined,
  logRollHours: 168,
  logSegmentBytes: 1024 * 1024 * 1024,
  logRetentionCheckIntervalMs: 5 * MINUTE,
  logCleanerBackoffMs: 15_000,
  logCleanerEnable: true,
  logCleanerDedupeBufferSize: 128 * 1024 * 1024,
  logCleanerIoBufferLoadFactor: 0.9,
  logCleanerMinCleanableRatio: 0.5,
  logCleanerMinCompactionLagMs: 0,
  logCleanerMaxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  logCleanerDeleteRetentionMs: 24 * HOUR,
  flushBytes: 64 * 1024 * 1024,
  flushMs: 10 * MINUTE,
  mergeFanIn: 16,
  mergePartBytesMax: 4 * 1024 * 1024,
  packBytes: PACK_BYTES_MAX,
  graceMs: HOUR,
  sweepIntervalMs: 24 * HOUR,
  // Twice the age at which an install is refused, so that no pack is swept that may still be installed.
  orphanAgeMs: 24 * HOUR,
  checkpointsKept: 3,
};
