import { describe, expect, test } from "vitest";
import { logCompactionTester } from "../../tools/peers/log-compaction-tester.ts";
import { streambedCluster } from "./clusters.ts";

/** Enough for housekeeping to have looked several times; see `clusters.ts`. */
const SLEEP_SECONDS = 15;
const RECORDS_PER_KEY = 10;
/** The tool creates its topics itself and leaves all but `cleanup.policy` to the broker, whose segments last a week. */
const CLOSED_SOON = { "log.roll.ms": "200" };

const CASES = [
  { compression: "none", percentDeletes: 0 },
  { compression: "none", percentDeletes: 20 },
  { compression: "lz4", percentDeletes: 10 },
  { compression: "zstd", percentDeletes: 10 },
] as const;

describe("Kafka's own LogCompactionTester", () => {
  test.for(CASES)(
    "finds each key's newest value after compaction ($compression, $percentDeletes % deletes)",
    { timeout: 300_000 },
    async ({ compression, percentDeletes }) => {
      await using cluster = await streambedCluster(CLOSED_SOON);
      const work = { records: 100_000, topics: 2, recordsPerKey: RECORDS_PER_KEY, compression, percentDeletes };
      const { bootstrap } = cluster;
      const { produced, consumed } = await logCompactionTester({ ...work, bootstrap, sleepSeconds: SLEEP_SECONDS });
      expect(produced).toBe(work.records * work.topics);
      // It compares values only; that anything was compacted shows in the count. Half of what could go is a lot.
      const least = produced / RECORDS_PER_KEY;
      expect(consumed).toBeLessThan((produced + least) / 2);
    },
  );
});
