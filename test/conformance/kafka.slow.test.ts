import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES } from "./cases/index.ts";
import { advertised, versionsOf } from "./common-versions.ts";
import type { VersionRange } from "./common-versions.ts";
import { differencesOf } from "./differences.ts";
import type { Difference } from "./differences.ts";
import { INTENDED_DIFFERENCES, intendedFor } from "./intended-differences.ts";
import type { IntendedDifference } from "./intended-differences.ts";
import { startPeers } from "./peers.ts";
import type { Peers } from "./peers.ts";
import { runCase } from "./run-case.ts";

// Apache Kafka and our server are given the same requests over TCP, and must give the same answers.

let peers: Peers;
let ranges: readonly ReadonlyMap<number, VersionRange>[];
const seen = new Set<IntendedDifference>();
const run = `r${Date.now().toString(36)}`;

beforeAll(async () => {
  peers = await startPeers();
  ranges = await Promise.all([advertised(peers.kafkaPort), advertised(peers.oursPort)]);
});
afterAll(() => peers?.[Symbol.asyncDispose]());

/** The differences that nobody intended, one line each. */
function unintended(where: string, differences: readonly Difference[]): string[] {
  return differences.flatMap((difference) => {
    const intended = intendedFor(where, difference);
    if (intended === undefined) {
      const { path, kafka, ours } = difference;
      return [`${path}: Kafka ${JSON.stringify(kafka)}, ours ${JSON.stringify(ours)}`];
    }
    seen.add(intended);
    return [];
  });
}

describe.each([...Map.groupBy(CASES, ({ api }) => api)])("%s", (_api, cases) => {
  it.each(cases)("$title", async (tried) => {
    const versions = versionsOf(tried, ranges);
    expect(versions).not.toEqual([]);
    const found: Record<string, string[]> = {};
    for (const version of versions) {
      const [kafka, ours] = await Promise.all(
        [peers.kafkaPort, peers.oursPort].map((port) => runCase(port, tried, { version, run })),
      );
      const lines = unintended(`${tried.api}: ${tried.title} › ${version}`, differencesOf(kafka, ours));
      if (lines.length > 0) found[`version ${version}`] = lines;
    }
    expect(found).toEqual({});
  });
});

it("names no difference that is not there", () => {
  expect(INTENDED_DIFFERENCES.filter((intended) => !seen.has(intended))).toEqual([]);
});
