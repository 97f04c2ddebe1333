import { createClient } from "@streambed/client";
import type { Client, Consumer, Transport } from "@streambed/client";
import { fromUtf8, seededRandom, utf8 } from "@streambed/kernel";
import { inProcessBroker } from "@streambed/testing";
import type { InProcessBroker } from "@streambed/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

const PARTITIONS = 6;
const SESSION_MS = 6_000;
const HEARTBEAT_MS = 1_000;
/** Time between two records of one partition. */
const PACE_MS = 100;
/** A rebalance after the coordinator knows: members hear of it with their next heartbeat, and one poll is under way. */
const NOTICE_MS = HEARTBEAT_MS + 500;

let clock: VirtualClock;
let kafka: InProcessBroker;
beforeEach(async () => {
  clock = new VirtualClock();
  kafka = await inProcessBroker({ clock, random: seededRandom(7), settings: { groupInitialRebalanceDelayMs: 3_000 } });
});
afterEach(() => kafka.close());

function connect(clientId: string, transport: Transport = kafka.transport): Client {
  return createClient({ transport, clientId, bootstrap: [{ host: "local", port: 0 }], clock, random: seededRandom(1) });
}

/** A process that can be killed: from then on nothing leaves it and nothing reaches it. */
function mortal(inner: Transport): Transport & { kill(): void } {
  let alive = true;
  const silence = new Promise<never>(() => undefined);
  return {
    kill: () => void (alive = false),
    async connect(address, signal) {
      const connection = await inner.connect(address, signal);
      return {
        closed: connection.closed,
        close: () => connection.close(),
        send: (frame, options) => (alive ? connection.send(frame, options) : silence),
      };
    },
  };
}

interface Delivery {
  readonly member: string;
  readonly partition: number;
  readonly value: string;
  readonly atMs: number;
}

/** A consumer in a loop, as an application runs it. */
class Member {
  readonly name: string;
  readonly consumer: Consumer;
  readonly #transport = mortal(kafka.transport);
  #alive = true;

  constructor(name: string, deliver: (delivery: Delivery) => void) {
    this.name = name;
    this.consumer = connect(name, this.#transport).consumer({
      groupId: "g",
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: HEARTBEAT_MS,
      autoCommitIntervalMs: 500,
      autoOffsetReset: "earliest",
    });
    this.consumer.subscribe({ topics: ["t"] });
    void this.#loop(deliver);
  }

  kill(): void {
    this.#alive = false;
    this.#transport.kill();
  }

  async leave(): Promise<void> {
    this.#alive = false;
    await this.consumer.close();
  }

  partitions(): readonly number[] {
    return this.consumer.assignment().map(({ partition }) => partition);
  }

  async #loop(deliver: (delivery: Delivery) => void): Promise<void> {
    while (this.#alive) {
      const records = await this.consumer.poll({ timeoutMs: 200 });
      if (!this.#alive) return;
      for (const { partition, value } of records) {
        const delivery = { member: this.name, partition, value: fromUtf8(value ?? utf8("")), atMs: clock.elapsed() };
        deliver(delivery);
      }
    }
  }
}

it("three members share six partitions while they join, leave and die: nothing is missed, nothing lies idle", async () => {
  const admin = connect("admin");
  const created = admin.admin.createTopics([{ name: "t", numPartitions: PARTITIONS, replicationFactor: 1 }]);
  await clock.advance(100);
  await created;
  const producer = admin.producer({ lingerMs: 0 });
  const deliveries: Delivery[] = [];
  const deliver = (delivery: Delivery): void => void deliveries.push(delivery);
  const sent: string[] = [];
  const produceFor = async (ms: number): Promise<void> => {
    for (const untilMs = clock.elapsed() + ms; clock.elapsed() < untilMs;) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const value = `${sent.length}`;
        sent.push(value);
        void producer.send("t", [{ partition, value: utf8(value) }]);
      }
      await clock.advance(PACE_MS);
    }
  };
  const shares = (...members: readonly Member[]): readonly (readonly number[])[] => {
    const owned = members.map((member) => member.partitions());
    expect(owned.flat().toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    return owned;
  };

  const a = new Member("a", deliver);
  await produceFor(5_000);
  expect(shares(a)).toEqual([[0, 1, 2, 3, 4, 5]]);
  const startedMs = clock.elapsed();

  const b = new Member("b", deliver);
  const c = new Member("c", deliver);
  await produceFor(5_000);
  expect(shares(a, b, c).map(({ length }) => length)).toEqual([2, 2, 2]);

  const leaving = b.leave();
  await produceFor(4_000);
  await leaving;
  expect(shares(a, c).map(({ length }) => length)).toEqual([3, 3]);

  c.kill();
  const diedMs = clock.elapsed();
  await produceFor(SESSION_MS + 4_000);
  expect(shares(a)).toEqual([[0, 1, 2, 3, 4, 5]]);

  const d = new Member("d", deliver);
  await produceFor(5_000);
  expect(shares(a, d).map(({ length }) => length)).toEqual([3, 3]);
  await clock.advance(2_000);

  expect(new Set(deliveries.map(({ value }) => value))).toEqual(new Set(sent));
  const gaps = longestGaps(deliveries, startedMs);
  for (const { partition, fromMs, gapMs } of gaps) {
    const spansDeath = fromMs <= diedMs && fromMs + gapMs > diedMs;
    const allowedMs = PACE_MS * 3 + NOTICE_MS + (spansDeath ? SESSION_MS : 0);
    expect(gapMs, `partition ${partition} lay idle from ${fromMs}, a member died at ${diedMs}`).toBeLessThan(allowedMs);
  }
  await Promise.all([drive(a.leave()), drive(d.leave()), drive(admin.close())]);
});

it("two members with the round-robin assignor get what Kafka's documentation says", async () => {
  const admin = connect("admin");
  const topics = ["t1", "t2"].map((name) => ({ name, numPartitions: 3, replicationFactor: 1 }));
  await drive(admin.admin.createTopics(topics));
  const assigned = (consumer: Consumer): string =>
    consumer
      .assignment()
      .map(({ topic, partition }) => `${topic}p${partition}`)
      .toSorted()
      .join(",");
  const members = ["C1", "C2"].map((clientId) =>
    connect(clientId).consumer({ groupId: "rr", partitionAssignmentStrategy: ["roundrobin"] }),
  );
  for (const member of members) member.subscribe({ topics: ["t1", "t2"] });
  await Promise.all(members.map((member) => drive(member.poll({ timeoutMs: 8_000 }))));
  expect(members.map(assigned)).toEqual(["t1p0,t1p2,t2p1", "t1p1,t2p0,t2p2"]);
  await Promise.all([...members.map((member) => drive(member.close())), drive(admin.close())]);
});

/** Moves time until something is done. */
async function drive<T>(promise: Promise<T>): Promise<T> {
  const state = { done: false };
  void promise.finally(() => (state.done = true)).catch(() => undefined);
  for (let step = 0; step < 2_000 && !state.done; step++) await clock.advance(10);
  return promise;
}

/** The longest times between two deliveries of each partition. */
function longestGaps(
  deliveries: readonly Delivery[],
  sinceMs: number,
): readonly { readonly partition: number; readonly fromMs: number; readonly gapMs: number }[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const times = deliveries
      .filter((delivery) => delivery.partition === partition && delivery.atMs >= sinceMs)
      .map(({ atMs }) => atMs);
    return times.slice(1).map((atMs, at) => {
      const fromMs = times[at] ?? atMs;
      return { partition, fromMs, gapMs: atMs - fromMs };
    });
  }).flat();
}
