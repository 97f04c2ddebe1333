export type { ClaimOutcome } from "./claim.ts";
export type { Command, CommandOutcome, CommandRejection } from "./command.ts";
export { openCluster, readCluster } from "./cluster-file.ts";
export type { ClusterFile, ClusterWish } from "./cluster-file.ts";
export { conformanceChecks, probeConformance } from "./conformance-probe.ts";
export type { ConformanceCheck, ConformanceChecks, ProbeOptions, ProbeResult } from "./conformance-probe.ts";
export type { BatchInput } from "./entry-codec.ts";
export { ALL_GUARDS } from "./guards.ts";
export type { Guards } from "./guards.ts";
export type { LogInternals } from "./internals.ts";
export { createHousekeeper } from "./housekeeping/housekeeper.ts";
export type { Housekeeper, HousekeepingOptions, HousekeepingReport } from "./housekeeping/housekeeper.ts";
export { startHousekeeping } from "./housekeeping/schedule.ts";
export type { RunningHousekeeping, ScheduleOptions } from "./housekeeping/schedule.ts";
export { SCRUB_FINDINGS_MAX } from "./housekeeping/scrub/report.ts";
export type {
  ObjectTotal,
  ScrubFinding,
  ScrubProblem,
  ScrubReport,
  ScrubWarning,
  ScrubWarningProblem,
} from "./housekeeping/scrub/report.ts";
export { scrubShard } from "./housekeeping/scrub/scrub.ts";
export type { ScrubOptions } from "./housekeeping/scrub/scrub.ts";
export { HOUSEKEEPING_DEFAULTS } from "./housekeeping/settings.ts";
export type { HousekeepingSettings } from "./housekeeping/settings.ts";
export * as limits from "./limits.ts";
export type { BatchOutcome, BatchRejection, Owner } from "./log-state.ts";
export { objectLogStore } from "./object-log-store.ts";
export type { Ownership, OwnershipMode } from "./ownership.ts";
export type { EpochStart, Partition, Topic } from "./partition.ts";
export { patientReads } from "./patient-reads.ts";
export type { PatienceParts } from "./patient-reads.ts";
export type { LogView, PartitionedLog, PartitionPlace } from "./partitioned-log.ts";
export type { ByteRange, CreateResult, LogStore, ReadResult } from "./ports/log-store.ts";
export type {
  GetOptions,
  GetResult,
  HeadResult,
  ListOptions,
  ListPage,
  ObjectInfo,
  ObjectStore,
  PutCondition,
  PutOptions,
  PutResult,
} from "./ports/object-store.ts";
export type { ModuleBatch, StateModule } from "./ports/state-module.ts";
export { openShardLog } from "./shard-log.ts";
export type { ShardLog, ShardLogOptions } from "./shard-log.ts";
export type { Proposal, ProposalOutcome } from "./write-queue.ts";
