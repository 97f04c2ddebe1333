import type { ObjectTotal, ScrubReport } from "@streambed/log-storage";
import { bytesText } from "./bytes-text.ts";
import type { ClusterScrub } from "./scrub-cluster.ts";
import { table } from "./table.ts";

/** Findings, and warnings, that people are shown; JSON has more. */
const FINDINGS_SHOWN = 20;

/** A scrub for people: what there is, what is wrong with it, and what it comes to. */
export function scrubText(report: ScrubReport, shards: ClusterScrub["shards"]): string {
  const checked = report.isDeep ? `, ${report.batches} batches read` : "";
  return [
    `${report.topics} topics, ${report.partitions} partitions, ${report.rows} runs with ${bytesText(report.rowBytes)}${checked}\n`,
    ...shards.map(({ shard, tailSeq, checkpointSeq, gcFloor }) => {
      const which = shards.length === 1 ? "" : `shard ${shard}: `;
      return `${which}entries to ${tailSeq}, checkpoint at ${checkpointSeq}, deleted to ${gcFloor}\n`;
    }),
    "\n",
    objectsText(report),
    "\n",
    findingsText(report),
    warningsText(report),
    report.isComplete ? completeText(shards) : `Not complete: ${counted(report.findingsTotal, "finding")}.\n`,
  ].join("");
}

function objectsText({ entries, packs, checkpoints, garbage, orphans }: ScrubReport): string {
  const total = (name: string, { objects, bytes }: ObjectTotal): (string | number)[] => [
    name,
    objects,
    bytesText(bytes),
  ];
  return table([
    ["OBJECTS", "COUNT", "BYTES"],
    total("entries", entries),
    total("packs", packs),
    total("checkpoints", checkpoints),
    total("garbage", garbage),
    total("orphans", orphans),
  ]);
}

function findingsText({ findings, findingsTotal }: ScrubReport): string {
  const lines = findings.slice(0, FINDINGS_SHOWN).map(({ problem, key, message, records }) => {
    const where =
      records === undefined
        ? ""
        : ` (${records.topic}-${records.partition}, offsets ${records.baseOffset} to ${records.endOffset - 1})`;
    return `  ${problem}: ${key}: ${message}${where}\n`;
  });
  return lines.join("") + moreText(findingsTotal);
}

function warningsText({ warnings, warningsTotal, isComplete }: ScrubReport): string {
  if (warningsTotal === 0) return "";
  const lines = warnings
    .slice(0, FINDINGS_SHOWN)
    .map(({ problem, key, message }) => `  ${problem}: ${key}: ${message}\n`);
  const advice = isComplete
    ? "a start is slower without these objects; restore them if you can."
    : "what is missing from the log may be in these objects; restore them, too.";
  return `${lines.join("")}${moreText(warningsTotal)}${counted(warningsTotal, "warning")}: ${advice}\n`;
}

function moreText(total: number): string {
  return total > FINDINGS_SHOWN ? `  ... and ${total - FINDINGS_SHOWN} more; see --json\n` : "";
}

/** Says up to which entry: of what was behind the last one that is there nothing is known. */
function completeText(shards: ClusterScrub["shards"]): string {
  const [home, ...others] = shards;
  if (home === undefined || shards.every(({ tailSeq }) => tailSeq < 0)) return "Complete: there are no entries.\n";
  const tails = shards.map(({ shard, tailSeq }) => `${tailSeq} of shard ${shard}`).join(", ");
  const entries = others.length === 0 ? `entry ${home.tailSeq}` : `entries ${tails}`;
  return `Complete up to ${entries}: every record committed by then is there.\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
