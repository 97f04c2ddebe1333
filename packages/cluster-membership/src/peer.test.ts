import type { BrokerRegistration, ClusterStatus } from "@streambed/contracts";
import { silentLogger } from "@streambed/kernel";
import type { Clock } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { HANDOVER_PAUSE_MS, STATUS_PAUSE_MS } from "./limits.ts";
import { Peer } from "./peer.ts";

const registration = {
  nodeId: 2,
  incarnation: "two",
  host: "h",
  port: 9092,
  rack: null,
  httpUrl: "http://h:8082",
} as BrokerRegistration;

function statusOf(cursor: string, owner: number | null, leaving = false): ClusterStatus {
  const shards = [{ shard: 0, epoch: 1, tailSeq: 1, owner, leading: owner === 2 }];
  return {
    clusterId: "c",
    nodeId: 2,
    incarnation: "two",
    cursor,
    leaving,
    storeHealthy: true,
    shards,
    brokers: [],
  };
}

/** Pauses behind the answers of a broker, milliseconds. */
async function pausesAfter(statuses: readonly ClusterStatus[]): Promise<number[]> {
  const pauses: number[] = [];
  const waiting: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    elapsed: () => 0,
    schedule(delayMs, run) {
      // Longer ones are time-outs of questions.
      if (delayMs <= STATUS_PAUSE_MS) {
        pauses.push(delayMs);
        waiting.push(run);
      }
      return () => undefined;
    },
  };
  const answers = [...statuses];
  const peer = new Peer(registration, {
    self: { ...registration, nodeId: 1, incarnation: "one" },
    clusterId: "c",
    link: {
      ask: () => {
        const status = answers.shift();
        return status === undefined ? new Promise(() => undefined) : Promise.resolve({ kind: "answered", status });
      },
    },
    clock,
    logger: silentLogger,
    onNews: () => undefined,
    onDoubt: () => undefined,
  });
  while (pauses.length < statuses.length) {
    waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  peer.stop();
  return pauses;
}

describe("questions to another broker", () => {
  it("follow each other at once while a shard changes hands, as long as there are news", async () => {
    const owned = statusOf("1", 2);
    const released = statusOf("2", null);
    const taken = statusOf("3", 2);
    expect(await pausesAfter([owned, released, released, taken])).toEqual([
      STATUS_PAUSE_MS,
      HANDOVER_PAUSE_MS,
      STATUS_PAUSE_MS,
      STATUS_PAUSE_MS,
    ]);
  });

  it("do not spin on a broker that leaves and answers at once", async () => {
    const leaving = statusOf("1", 1, true);
    expect(await pausesAfter([leaving, leaving, leaving])).toEqual([
      HANDOVER_PAUSE_MS,
      STATUS_PAUSE_MS,
      STATUS_PAUSE_MS,
    ]);
  });
});
