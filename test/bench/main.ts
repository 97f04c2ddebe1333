// Drives Streambed and Apache Kafka on this machine with Kafka's own perf tools and prints ratios.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "../../tools/peers/cache.ts";
import { kafkaVersion } from "../../tools/peers/java.ts";
import { bundleStreambed } from "../../tools/peers/streambed.ts";
import { measure, type Measurement } from "./measure.ts";
import type { ServerName } from "./servers.ts";
import { compare, markdown } from "./table.ts";

const usage = `Compares Streambed with Apache Kafka ${kafkaVersion}: 1 KB records, acks=all, 6 partitions.

  --runs N             runs of each server, taken in turns (default 3)
  --records N          records of the throughput runs (default 300000)
  --latency-seconds N  length of each latency run (default 15)
  --partitions N       (default 6)
  --servers a,b        of streambed, kafka (default both)
  --json FILE          also writes every run and the table's rows
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    runs: { type: "string", default: "3" },
    records: { type: "string", default: "300000" },
    "latency-seconds": { type: "string", default: "15" },
    partitions: { type: "string", default: "6" },
    servers: { type: "string", default: "kafka,streambed" },
    json: { type: "string" },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const work = {
  records: Number(values.records),
  latencySeconds: Number(values["latency-seconds"]),
  partitions: Number(values.partitions),
};
const servers = values.servers.split(",").map((name): ServerName => {
  if (name !== "kafka" && name !== "streambed") throw new Error(`no server named ${name}`);
  return name;
});
const results: Record<ServerName, Measurement[]> = { kafka: [], streambed: [] };
// Beside the repository and not in a temporary folder, which may be memory where an fsync costs nothing.
const folder = join(repositoryRoot, ".cache", "bench", `kafka-${process.pid}`);
await mkdir(folder, { recursive: true });
// Bundling is part of npm start, not of a boot.
await bundleStreambed();

try {
  for (let run = 0; run < Number(values.runs); run += 1) {
    // Who goes first alternates, so that a machine that gets slower or faster favours nobody.
    for (const name of run % 2 === 0 ? servers : servers.toReversed()) {
      const result = await measure(name, join(folder, `${name}-${run}`), work);
      results[name].push(result);
      const told = Object.entries(result).map(([key, value]) => `${key} ${value.toFixed(1)}`);
      console.error(`run ${run + 1} ${name}: ${told.join(", ")}`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const rows = compare(results.streambed, results.kafka);
console.log(markdown(rows));
console.log(
  `\nStreambed acknowledges after fsync. Kafka ${kafkaVersion} acknowledges from the page cache (its default), except ` +
    "where both fsync: that topic has flush.messages=1.",
);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ kafkaVersion, work, rows, runs: results }, null, 2)}\n`);
}
