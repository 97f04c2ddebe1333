import { SCRUB_FINDINGS_MAX, scrubShard } from "@streambed/log-storage";
import type { ObjectTotal, ScrubOptions, ScrubReport } from "@streambed/log-storage";

/** Scrubs of all shards of a cluster. */
export interface ClusterScrub {
  /** Together; sequence numbers are those of shard 0, which also knows all topics and partitions. */
  readonly total: ScrubReport;
  readonly shards: readonly ScrubReport[];
}

/** Scrubs one shard after the other. */
export async function scrubCluster(options: Omit<ScrubOptions, "shard">, count: number): Promise<ClusterScrub> {
  const home = await scrubShard(options);
  const shards = [home];
  for (let shard = 1; shard < count; shard++) shards.push(await scrubShard({ ...options, shard }));
  return { total: count === 1 ? home : added(home, shards), shards };
}

function added(home: ScrubReport, shards: readonly ScrubReport[]): ScrubReport {
  const sum = (of: (report: ScrubReport) => number): number => shards.reduce((total, each) => total + of(each), 0);
  const objects = (of: (report: ScrubReport) => ObjectTotal): ObjectTotal => ({
    objects: sum((report) => of(report).objects),
    bytes: sum((report) => of(report).bytes),
  });
  return {
    ...home,
    isComplete: shards.every(({ isComplete }) => isComplete),
    rows: sum(({ rows }) => rows),
    rowBytes: sum(({ rowBytes }) => rowBytes),
    batches: sum(({ batches }) => batches),
    entries: objects(({ entries }) => entries),
    packs: objects(({ packs }) => packs),
    checkpoints: objects(({ checkpoints }) => checkpoints),
    garbage: objects(({ garbage }) => garbage),
    orphans: objects(({ orphans }) => orphans),
    findings: shards.flatMap(({ findings }) => findings).slice(0, SCRUB_FINDINGS_MAX),
    findingsTotal: sum(({ findingsTotal }) => findingsTotal),
    warnings: shards.flatMap(({ warnings }) => warnings).slice(0, SCRUB_FINDINGS_MAX),
    warningsTotal: sum(({ warningsTotal }) => warningsTotal),
  };
}
