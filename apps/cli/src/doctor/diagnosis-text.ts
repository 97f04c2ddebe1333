import { table } from "../table.ts";
import { bytesText } from "../bytes-text.ts";
import type { BillEstimate, ClusterFacts, Diagnosis, Finding } from "./findings.ts";

/** A diagnosis for people: verdicts first, then numbers, then what it comes to. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { store, findings, latency, throughput, cluster, bill } = diagnosis;
  const parts = [`${store}\n\n`, ...findings.map(findingText)];
  if (latency.length > 0) {
    const rows = latency.map(({ what, p50Ms, p99Ms }) => [what, ms(p50Ms), ms(p99Ms)]);
    parts.push("\n", table([["", "P50", "P99"], ...rows]));
  }
  if (throughput !== null) {
    const { bytes, megabytesPerSecond } = throughput;
    parts.push(`PUT of ${bytesText(bytes)}: ${megabytesPerSecond.toFixed(1)} MB/s\n`);
  }
  if (cluster !== null) parts.push("\n", clusterText(cluster));
  if (bill !== null && bill.priceList !== "none") parts.push(billText(bill));
  parts.push("\n", verdictText(diagnosis));
  return parts.join("");
}

function findingText({ verdict, says, advice }: Finding): string {
  return `  ${verdict.padEnd(4)}  ${says}\n${advice === undefined ? "" : `        -> ${advice}\n`}`;
}

function clusterText(cluster: ClusterFacts): string {
  const brokers = cluster.brokers.map(({ nodeId, host, port }) => `${nodeId} (${host}:${port})`).join(", ");
  const rows = [
    ["cluster", `${cluster.clusterId}, store probed ${cluster.probedAt ?? "by an older version"}`],
    ["brokers", brokers === "" ? "none registered (only members of a --cluster are)" : brokers],
    ["topics", `${cluster.topics} with ${cluster.partitions} partitions, ${bytesText(cluster.recordBytes)} of records`],
    ["log", `entries to ${cluster.tailSeq}, checkpoint at ${cluster.checkpointSeq}, deleted to ${cluster.gcFloor}`],
    [
      "objects",
      `${cluster.objects} with ${bytesText(cluster.objectBytes)}, of it garbage ${bytesText(cluster.garbageBytes)}`,
    ],
    ["orphans", `${cluster.orphans} with ${bytesText(cluster.orphanBytes)}; older than a day, they are swept`],
  ];
  return table(rows);
}

function billText({ priceList, pricesAsOf, entriesPerHour, dollarsPerMonth }: BillEstimate): string {
  const rate = `${entriesPerHour} entries in the last hour`;
  return `requests: about $${dollarsPerMonth.toFixed(2)} a month at the rate of ${rate} (list prices of ${priceList}, ${pricesAsOf})\n`;
}

function verdictText({ ok, findings }: Diagnosis): string {
  const failed = findings.filter(({ verdict }) => verdict === "fail").length;
  if (!ok) return `Not well: ${failed} ${failed === 1 ? "check" : "checks"} failed.\n`;
  return findings.some(({ verdict }) => verdict === "warn") ? "Well, with warnings.\n" : "All is well.\n";
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}
