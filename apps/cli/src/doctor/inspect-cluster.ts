import { brokerRegistration, checkShape } from "@streambed/contracts";
import { fromUtf8, messageOf } from "@streambed/kernel";
import type { Clock } from "@streambed/kernel";
import { readCluster } from "@streambed/log-storage";
import type { ObjectInfo, ObjectStore, ScrubReport } from "@streambed/log-storage";
import { PRICES_AS_OF } from "@streambed/metrics";
import type { PriceList } from "@streambed/metrics";
import { type ClusterScrub, scrubCluster } from "../scrub-cluster.ts";
import type { BillEstimate, ClusterFacts, Finding } from "./findings.ts";

/** What inspecting needs. */
export interface InspectParts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly prices: PriceList;
}

/** A cluster as the bucket shows it, and what is to be said about it. */
export interface Inspection {
  readonly findings: readonly Finding[];
  readonly cluster: ClusterFacts | null;
  readonly bill: BillEstimate | null;
}

const MILLION = 1_000_000;
const HOUR_MS = 3_600_000;
const HOURS_PER_MONTH = 730;
/** A tail that takes long to read at a start: something keeps checkpoints from being written. */
const TAIL_ENTRIES_WARN = 20_000;
const REGISTRATION_BYTES_MAX = 65_536;

/** Reads the cluster in the bucket without changing it: counts are those of a process that starts now. */
export async function inspectCluster(parts: InspectParts): Promise<Inspection> {
  const { store } = parts;
  try {
    const file = await readCluster(store);
    if (file === undefined) {
      const says = "no cluster here yet; the first `streambed serve` creates one";
      return { findings: [{ name: "cluster", verdict: "ok", says }], cluster: null, bill: null };
    }
    const scrubbing = scrubCluster({ store }, file.shards);
    const [{ total: report, shards }, brokers, bill] = await Promise.all([
      scrubbing,
      registered(store),
      estimate(parts),
    ]);
    const { probe, clusterId } = file;
    const totals = [report.entries, report.packs, report.checkpoints, report.garbage, report.orphans];
    const cluster: ClusterFacts = {
      clusterId,
      probedAt: probe === undefined ? null : new Date(probe.atMs).toISOString(),
      brokers,
      topics: report.topics,
      partitions: report.partitions,
      recordBytes: report.rowBytes,
      tailEntries: shards.reduce((sum, { tailSeq, checkpointSeq }) => sum + tailSeq - checkpointSeq, 0),
      checkpointSeq: report.checkpointSeq,
      tailSeq: report.tailSeq,
      gcFloor: report.gcFloor,
      objects: totals.reduce((sum, { objects }) => sum + objects, 0),
      objectBytes: totals.reduce((sum, { bytes }) => sum + bytes, 0),
      garbageBytes: report.garbage.bytes,
      orphans: report.orphans.objects,
      orphanBytes: report.orphans.bytes,
    };
    return {
      findings: [logFinding(report, shards), ...partFindings(report), checkpointFinding(cluster)],
      cluster,
      bill,
    };
  } catch (error) {
    return { findings: [{ name: "cluster", verdict: "fail", says: messageOf(error) }], cluster: null, bill: null };
  }
}

function logFinding(report: ScrubReport, shards: ClusterScrub["shards"]): Finding {
  const name = "log";
  const tails = shards.map(({ tailSeq }) => tailSeq).join(", ");
  if (report.isComplete) return { name, verdict: "ok", says: `everything the log needs up to entry ${tails} is there` };
  const first = report.findings[0]?.message ?? "";
  const says = `${report.findingsTotal} objects or rows are missing or damaged, the first: ${first}`;
  const advice = "`streambed scrub` names them and the records they hold. Restore them before brokers go on.";
  return { name, verdict: "fail", says, advice };
}

/** A start goes on without a part of a checkpoint that it cannot read, so only this shows it. */
function partFindings({ warnings, warningsTotal, isComplete }: ScrubReport): readonly Finding[] {
  const [first] = warnings;
  if (first === undefined) return [];
  const says = `parts of checkpoints are missing or damaged: ${warningsTotal}, the first: ${first.key}: ${first.message}`;
  const advice = isComplete
    ? "No record is lost by that, but starts are slower. `streambed scrub` names them; restore them if you can."
    : "What is missing from the log may be in them. `streambed scrub` names them; restore them, too.";
  return [{ name: "checkpoint-parts", verdict: "warn", says, advice }];
}

function checkpointFinding({ tailEntries }: ClusterFacts): Finding {
  const says = `a start reads ${tailEntries} ${tailEntries === 1 ? "entry" : "entries"} behind the newest checkpoint`;
  if (tailEntries <= TAIL_ENTRIES_WARN) return { name: "checkpoint", verdict: "ok", says };
  const advice = "Look for checkpoint-failed in the brokers' logs.";
  return { name: "checkpoint", verdict: "warn", says, advice };
}

async function registered(store: ObjectStore): Promise<ClusterFacts["brokers"]> {
  const { objects } = await store.list({ prefix: "brokers/" });
  const read = await Promise.all(
    objects.filter(({ size }) => size <= REGISTRATION_BYTES_MAX).map(({ key }) => store.get(key)),
  );
  return read.flatMap((answer) => {
    const shape = answer.found ? checkShape(brokerRegistration, parsed(answer.bytes)) : undefined;
    return shape?.ok === true ? [{ nodeId: shape.value.nodeId, host: shape.value.host, port: shape.value.port }] : [];
  });
}

/** Undefined for what is no JSON, which no registration is. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    return undefined;
  }
}

/** Entries that are still there tell how often one is written; that is nearly all of a bill. */
async function estimate({ store, clock, prices }: InspectParts): Promise<BillEstimate> {
  const since = clock.now() - HOUR_MS;
  const entries: ObjectInfo[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({ prefix: "log/", ...(after === undefined ? {} : { after }) });
    entries.push(...page.objects);
    after = page.next;
  } while (after !== undefined);
  const recent = entries.filter(({ modifiedMs }) => modifiedMs >= since).length;
  return {
    priceList: prices.name,
    pricesAsOf: PRICES_AS_OF,
    entriesPerHour: recent,
    dollarsPerMonth: (recent * HOURS_PER_MONTH * prices.writeMillion) / MILLION,
  };
}
