/** What became of one check. `skip`: it made no sense after an earlier one. */
export type Verdict = "ok" | "warn" | "fail" | "skip";

/** One check, and what to do about it. */
export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  /** What was seen, in words. */
  readonly says: string;
  /** What to do next; absent when there is nothing to do. */
  readonly advice?: string;
}

/** How long requests took, milliseconds. */
export interface Latency {
  readonly what: string;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How fast a large object travelled. */
export interface Throughput {
  readonly bytes: number;
  readonly megabytesPerSecond: number;
}

/** What was found of a cluster. */
export interface ClusterFacts {
  readonly clusterId: string;
  /** When the store was probed for this cluster; null in clusters of older versions. */
  readonly probedAt: string | null;
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly topics: number;
  readonly partitions: number;
  readonly recordBytes: number;
  /** Entries behind the newest checkpoint, which a start has to read. */
  readonly tailEntries: number;
  readonly checkpointSeq: number;
  readonly tailSeq: number;
  readonly gcFloor: number;
  readonly objects: number;
  readonly objectBytes: number;
  readonly garbageBytes: number;
  readonly orphans: number;
  readonly orphanBytes: number;
}

/** What requests cost at the rates that the log shows. */
export interface BillEstimate {
  readonly priceList: string;
  readonly pricesAsOf: string;
  /** Entries an hour, over the hours that the log still shows. */
  readonly entriesPerHour: number;
  readonly dollarsPerMonth: number;
}

/** Everything the doctor found. */
export interface Diagnosis {
  readonly store: string;
  /** False when a check failed. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly latency: readonly Latency[];
  readonly throughput: Throughput | null;
  readonly cluster: ClusterFacts | null;
  readonly bill: BillEstimate | null;
}
