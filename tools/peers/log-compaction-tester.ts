import { join } from "node:path";
import { installOnce } from "./cache.ts";
import { flags, runTool } from "./java.ts";
import { run } from "./processes.ts";

/** The newest release whose published test jar still has the tool; later ones keep it in a module that is not published. */
const VERSION = "4.1.1";
/** The tool, and what its test jar needs of others to be loaded. */
const ARTIFACTS = [
  `org.apache.kafka:kafka_2.13:${VERSION}:jar:test`,
  `org.apache.kafka:kafka-clients:${VERSION}:jar:test`,
  "org.junit.jupiter:junit-jupiter-api:5.13.1",
  "org.opentest4j:opentest4j:1.3.0",
] as const;

/** Returns the class path that comes before Kafka's own jars. */
async function installTester(): Promise<string> {
  const folder = await installOnce({
    name: `kafka-${VERSION}-tests`,
    recipe: ARTIFACTS.join("\n"),
    install: async (target) => {
      for (const artifact of ARTIFACTS) {
        await run("mvn", ["-q", "-B", "dependency:copy", `-Dartifact=${artifact}`, `-DoutputDirectory=${target}`]);
      }
    },
  });
  return join(folder, "*");
}

/** What the tool is told; its own names are in parentheses. */
export interface CompactionTest {
  readonly bootstrap: string;
  /** Records per topic (`messages`). */
  readonly records: number;
  readonly topics: number;
  /** How many records a key gets on average (`duplicates`). */
  readonly recordsPerKey: number;
  readonly percentDeletes: number;
  readonly compression: string;
  /** How long it waits between writing and reading (`sleep`). */
  readonly sleepSeconds: number;
}

/** What it says at the end. */
export interface CompactionVerdict {
  readonly produced: number;
  readonly consumed: number;
  readonly output: string;
}

/**
 * Runs Kafka's own LogCompactionTester: it writes keys again and again, sleeps, reads what is left, and compares the
 * newest value of each key with what it wrote. Rejects when they differ.
 */
export async function logCompactionTester(test: CompactionTest): Promise<CompactionVerdict> {
  const args = flags({
    "bootstrap-server": test.bootstrap,
    messages: String(test.records),
    topics: String(test.topics),
    duplicates: String(test.recordsPerKey),
    "percent-deletes": String(test.percentDeletes),
    "compression-type": test.compression,
    sleep: String(test.sleepSeconds),
  });
  const classpath = [await installTester()];
  const { stdout } = await runTool({ mainClass: "kafka.tools.LogCompactionTester", args, classpath });
  const output = stdout.toString("utf8");
  const [, produced, consumed] = /(\d+) rows of data produced, (\d+) rows of data consumed/.exec(output) ?? [];
  if (!output.includes("Data verification is completed") || produced === undefined) {
    throw new Error(`LogCompactionTester did not say that it verified the data: ${output.slice(-1000)}`);
  }
  return { produced: Number(produced), consumed: Number(consumed), output };
}
