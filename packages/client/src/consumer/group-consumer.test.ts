import { utf8 } from "@streambed/kernel";
import { decodeSubscription, encodeAssignment, encodeRecordBatch } from "@streambed/protocol";
import { describe, expect, test } from "vitest";
import type { Consumer } from "../consumer-types.ts";
import type { Record } from "../types.ts";
import { scripted, type Scripted } from "../test-support/scripted-client.ts";
import type { ScriptedLog } from "../test-support/scripted-log.ts";

const TOPIC = "orders";

/** Appends so many records, each in a batch of its own. */
function fill(log: ScriptedLog | undefined, count: number): void {
  for (let index = 0; index < count; index++) {
    log?.append(encodeRecordBatch({ records: [{ value: utf8(`${index}`), timestamp: 1_000 + index }] }));
  }
}

const values = (records: readonly Record[]): readonly string[] =>
  records.map(({ value }) => new TextDecoder().decode(value ?? new Uint8Array(0)));

/** A subscribed consumer on one topic with records. */
function subscribed(
  options: Parameters<Scripted["client"]["consumer"]>[0] = {},
  records: number = 3,
): Scripted & { readonly consumer: Consumer; readonly log: ScriptedLog | undefined; readonly events: string[] } {
  const parts = scripted();
  const [log] = parts.cluster.addTopic(TOPIC);
  fill(log, records);
  const consumer = parts.client.consumer({ groupId: "g", autoOffsetReset: "earliest", ...options });
  const events: string[] = [];
  const listener = {
    onPartitionsAssigned: (partitions: readonly unknown[]) => void events.push(`assigned ${partitions.length}`),
    onPartitionsRevoked: (partitions: readonly unknown[]) => void events.push(`revoked ${partitions.length}`),
    onPartitionsLost: (partitions: readonly unknown[]) => void events.push(`lost ${partitions.length}`),
  };
  consumer.subscribe({ topics: [TOPIC], listener });
  return { ...parts, consumer, log, events };
}

describe("joining", () => {
  test("the first poll waits for the join and returns records", async () => {
    const { consumer, clock, events } = subscribed();
    const records = await clock.until(consumer.poll({ timeoutMs: 5_000 }));
    expect(values(records)).toEqual(["0", "1", "2"]);
    expect(records[0]).toMatchObject({
      topic: TOPIC,
      partition: 0,
      offset: 0,
      timestamp: 1_000,
      key: null,
      headers: [],
    });
    expect(events).toEqual(["assigned 1"]);
  });

  test("a join that takes long does not make a poll empty before its time is over", async () => {
    const { consumer, cluster, clock } = subscribed();
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    cluster.once("JoinGroup", async () => {
      await hold;
      return "default" as const;
    });
    clock.schedule(3_000, release);
    expect(values(await clock.until(consumer.poll({ timeoutMs: 10_000 })))).toEqual(["0", "1", "2"]);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(3_000);
  });

  test("a poll that runs out of time is empty, and the next one takes up the same join", async () => {
    const { consumer, cluster, clock } = subscribed();
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    cluster.once("JoinGroup", async () => {
      await hold;
      return "default" as const;
    });
    expect(await clock.until(consumer.poll({ timeoutMs: 100 }))).toEqual([]);
    expect(clock.elapsed()).toBe(100);
    release();
    expect(await clock.until(consumer.poll({ timeoutMs: 1_000 }))).toHaveLength(3);
    expect(cluster.requests("JoinGroup")).toHaveLength(1);
  });

  test("a broker that wants a member id gets a second request with it", async () => {
    const { consumer, cluster, clock } = subscribed();
    cluster.once("JoinGroup", () => ({
      errorCode: 79,
      generationId: -1,
      protocolName: "",
      leader: "",
      memberId: "given",
      members: [],
    }));
    await clock.until(consumer.poll());
    expect(cluster.requests("JoinGroup").map(({ request }) => request.memberId)).toEqual(["", "given"]);
  });

  test("assignors are offered in order of preference, with the topics", async () => {
    const { consumer, cluster, clock } = subscribed();
    await clock.until(consumer.poll());
    const [join] = cluster.requests("JoinGroup");
    expect(join?.request.protocols.map(({ name }) => name)).toEqual(["range", "roundrobin"]);
    expect(decodeSubscription(join?.request.protocols[0]?.metadata ?? new Uint8Array(0)).topics).toEqual([TOPIC]);
    expect(join?.request).toMatchObject({ sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 300_000 });
  });

  test("a pattern subscribes to the topics that match", async () => {
    const { client, cluster, clock } = scripted();
    fill(cluster.addTopic("a-1")[0], 1);
    fill(cluster.addTopic("b-1")[0], 1);
    const consumer = client.consumer({ groupId: "g", autoOffsetReset: "earliest" });
    consumer.subscribe({ pattern: /^a-/g });
    const records = await clock.until(consumer.poll());
    expect(records.map(({ topic }) => topic)).toEqual(["a-1"]);
    expect(consumer.subscription()).toEqual(["a-1"]);
  });

  test("a refusal for good is thrown by poll", async () => {
    const { consumer, cluster, clock } = subscribed();
    cluster.once("JoinGroup", () => ({
      errorCode: 30,
      generationId: -1,
      protocolName: "",
      leader: "",
      memberId: "",
      members: [],
    }));
    await expect(clock.until(consumer.poll())).rejects.toMatchObject({ code: "GROUP_AUTHORIZATION_FAILED" });
    await expect(clock.until(consumer.poll())).resolves.toHaveLength(3);
  });

  test("a topic that is created later is picked up by the leader", async () => {
    const { client, cluster, clock } = scripted();
    const consumer = client.consumer({ groupId: "g", autoOffsetReset: "earliest" });
    consumer.subscribe({ topics: [TOPIC] });
    expect(await clock.until(consumer.poll({ timeoutMs: 500 }))).toEqual([]);
    fill(cluster.addTopic(TOPIC)[0], 1);
    let records: readonly Record[] = [];
    for (let polls = 0; polls < 20 && records.length === 0; polls++) records = await clock.until(consumer.poll());
    expect(values(records)).toEqual(["0"]);
  });
});

describe("staying", () => {
  test("heartbeats go on while the application does something else", async () => {
    const { consumer, cluster, clock } = subscribed();
    await clock.until(consumer.poll());
    await clock.advance(30_000);
    expect(cluster.requests("Heartbeat").length).toBeGreaterThanOrEqual(9);
  });

  test("an application that does not poll for maxPollIntervalMs leaves, and loses its partitions", async () => {
    const { consumer, cluster, clock, events } = subscribed({ maxPollIntervalMs: 10_000 });
    await clock.until(consumer.poll());
    await clock.advance(20_000);
    expect(cluster.requests("LeaveGroup")).toHaveLength(1);
    await clock.until(consumer.poll());
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
  });

  test("a rebalance revokes, commits, joins again, and goes on where it was", async () => {
    const { consumer, cluster, clock, events, log } = subscribed({ maxPollRecords: 2 });
    expect(values(await clock.until(consumer.poll()))).toEqual(["0", "1"]);
    cluster.once("Heartbeat", () => ({ errorCode: 27 }));
    await clock.advance(3_000);
    expect(values(await clock.until(consumer.poll()))).toEqual(["2"]);
    expect(events).toEqual(["assigned 1", "revoked 1", "assigned 1"]);
    expect(cluster.committed.get("orders-0")?.offset).toBe(2n);
    expect(cluster.requests("JoinGroup").map(({ request }) => request.memberId)).toEqual(["", "member-1"]);
    fill(log, 1);
    expect(await clock.until(consumer.poll())).toHaveLength(1);
    expect(cluster.requests("JoinGroup")).toHaveLength(2);
  });

  test("a member the group removed joins again under a new id", async () => {
    const { consumer, cluster, clock, events } = subscribed();
    await clock.until(consumer.poll());
    cluster.once("Heartbeat", () => ({ errorCode: 25 }));
    await clock.advance(3_000);
    await clock.until(consumer.poll({ timeoutMs: 100 }));
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
    expect(cluster.requests("JoinGroup").map(({ request }) => request.memberId)).toEqual(["", ""]);
  });

  test("a coordinator that moved is looked for again", async () => {
    const { consumer, cluster, clock, events } = subscribed();
    await clock.until(consumer.poll());
    cluster.once("Heartbeat", () => ({ errorCode: 16 }));
    await clock.advance(10_000);
    expect(cluster.requests("FindCoordinator").length).toBeGreaterThanOrEqual(2);
    expect(events).toEqual(["assigned 1"]);
  });

  test("a static member does not leave the group when it closes", async () => {
    const { consumer, cluster, clock } = subscribed({ groupInstanceId: "one" });
    await clock.until(consumer.poll());
    await clock.until(consumer.close());
    expect(cluster.requests("JoinGroup")[0]?.request.groupInstanceId).toBe("one");
    expect(cluster.requests("LeaveGroup")).toHaveLength(0);
  });

  test("the assignment of a leader elsewhere is taken as it is", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic(TOPIC, 3);
    cluster.once("JoinGroup", () => ({
      errorCode: 0,
      generationId: 5,
      protocolName: "range",
      leader: "somebody",
      memberId: "me",
      members: [],
    }));
    const assignment = encodeAssignment({ assignedPartitions: [{ topic: TOPIC, partitions: [1, 2] }] });
    cluster.once("SyncGroup", ({ request }) => {
      expect(request).toMatchObject({ generationId: 5, memberId: "me", assignments: [] });
      return { errorCode: 0, assignment };
    });
    const consumer = client.consumer({ groupId: "g" });
    consumer.subscribe({ topics: [TOPIC] });
    await clock.until(consumer.poll({ timeoutMs: 100 }));
    expect(consumer.assignment().map(({ partition }) => partition)).toEqual([1, 2]);
  });
});

describe("positions", () => {
  test("a committed offset is where reading begins", async () => {
    const { consumer, cluster, clock } = subscribed();
    cluster.committed.set("orders-0", { offset: 2n, metadata: "" });
    expect(values(await clock.until(consumer.poll()))).toEqual(["2"]);
  });

  test("auto.offset.reset latest begins at the end, none refuses", async () => {
    const latest = subscribed({ autoOffsetReset: "latest" });
    expect(await latest.clock.until(latest.consumer.poll({ timeoutMs: 100 }))).toEqual([]);
    fill(latest.log, 1);
    expect(await latest.clock.until(latest.consumer.poll())).toMatchObject([{ offset: 3 }]);
    const none = subscribed({ autoOffsetReset: "none" });
    await expect(none.clock.until(none.consumer.poll())).rejects.toMatchObject({ code: "NO_OFFSET_FOR_PARTITION" });
  });

  test("a committed offset out of range is reset", async () => {
    const { consumer, cluster, clock } = subscribed();
    cluster.committed.set("orders-0", { offset: 50n, metadata: "" });
    expect(values(await clock.until(consumer.poll()))).toEqual(["0", "1", "2"]);
  });

  test("seek moves both ways, also with fetched records waiting", async () => {
    const { consumer, clock } = subscribed({ maxPollRecords: 1 });
    const at = { topic: TOPIC, partition: 0 };
    expect(values(await clock.until(consumer.poll()))).toEqual(["0"]);
    consumer.seek(at, 2);
    expect(values(await clock.until(consumer.poll()))).toEqual(["2"]);
    consumer.seek(at, 0);
    expect(values(await clock.until(consumer.poll()))).toEqual(["0"]);
    expect(await clock.until(consumer.position(at))).toBe(1);
    await clock.until(consumer.seekToEnd());
    expect(await clock.until(consumer.position(at))).toBe(3);
    await clock.until(consumer.seekToBeginning());
    expect(values(await clock.until(consumer.poll()))).toEqual(["0"]);
  });

  test("a paused partition gives nothing, and what was fetched is not lost", async () => {
    const { consumer, clock } = subscribed({ maxPollRecords: 1 });
    const at = [{ topic: TOPIC, partition: 0 }];
    await clock.until(consumer.poll());
    consumer.pause(at);
    expect(consumer.paused()).toEqual(at);
    expect(await clock.until(consumer.poll({ timeoutMs: 100 }))).toEqual([]);
    consumer.resume(at);
    expect(values(await clock.until(consumer.poll()))).toEqual(["1"]);
  });

  test("commit stores positions, committed reads them, auto commit does it by itself", async () => {
    const { consumer, cluster, clock } = subscribed();
    await clock.until(consumer.poll());
    await clock.until(consumer.commit([{ topic: TOPIC, partition: 0, offset: 1, metadata: "note" }]));
    const committed = await clock.until(consumer.committed([{ topic: TOPIC, partition: 0 }]));
    expect(committed).toMatchObject([{ topic: TOPIC, partition: 0, offset: 1, metadata: "note" }]);
    await clock.advance(5_000);
    await clock.until(consumer.poll({ timeoutMs: 100 }));
    expect(cluster.committed.get("orders-0")?.offset).toBe(3n);
  });

  test("a commit of a member that was removed is refused, and the next poll joins again", async () => {
    const { consumer, cluster, clock, events } = subscribed();
    await clock.until(consumer.poll());
    cluster.once("OffsetCommit", () => ({
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, errorCode: 25 }] }],
    }));
    await expect(clock.until(consumer.commit())).rejects.toMatchObject({ code: "UNKNOWN_MEMBER_ID" });
    await clock.until(consumer.poll());
    expect(events).toEqual(["assigned 1", "lost 1", "assigned 1"]);
  });
});

describe("reading", () => {
  test("assign needs no group", async () => {
    const { client, cluster, clock } = scripted();
    fill(cluster.addTopic(TOPIC, 2)[1], 2);
    const consumer = client.consumer({ autoOffsetReset: "earliest" });
    consumer.assign([{ topic: TOPIC, partition: 1 }]);
    expect(values(await clock.until(consumer.poll()))).toEqual(["0", "1"]);
    expect(cluster.requests("JoinGroup")).toHaveLength(0);
    expect(() => consumer.subscribe({ topics: [TOPIC] })).toThrow("groupId");
  });

  test("maxBytes and maxRecords bound a poll, but one record always comes", async () => {
    const { consumer, clock } = subscribed({}, 10);
    expect(await clock.until(consumer.poll({ maxBytes: 3 }))).toHaveLength(3);
    expect(await clock.until(consumer.poll({ maxBytes: 0 }))).toHaveLength(1);
    expect(await clock.until(consumer.poll({ maxRecords: 2 }))).toHaveLength(2);
  });

  test("a batch with a wrong checksum is reported, and can be passed over", async () => {
    const { consumer, clock, log } = subscribed();
    const damaged = log?.batches[1];
    if (damaged !== undefined) damaged[damaged.length - 1] = 0xff;
    expect(values(await clock.until(consumer.poll()))).toEqual(["0"]);
    await expect(clock.until(consumer.poll())).rejects.toMatchObject({ code: "CORRUPT_MESSAGE", kind: "corrupt" });
    consumer.seek({ topic: TOPIC, partition: 0 }, 2);
    expect(values(await clock.until(consumer.poll()))).toEqual(["2"]);
  });

  test("for await gives record after record, and the position follows the loop", async () => {
    const { consumer, clock } = subscribed();
    const iterator = consumer[Symbol.asyncIterator]();
    const first = await clock.until(iterator.next());
    expect(first.value?.offset).toBe(0);
    expect(await clock.until(consumer.position({ topic: TOPIC, partition: 0 }))).toBe(1);
    const second = await clock.until(iterator.next());
    expect(second.value?.offset).toBe(1);
  });

  test("close ends a poll under way, commits and leaves", async () => {
    const { consumer, cluster, clock, events } = subscribed();
    await clock.until(consumer.poll());
    const waiting = consumer.poll({ timeoutMs: 60_000 });
    await clock.advance(10);
    await clock.until(consumer.close());
    expect(await clock.until(waiting)).toEqual([]);
    expect(cluster.committed.get("orders-0")?.offset).toBe(3n);
    expect(cluster.requests("LeaveGroup")[0]?.request.members[0]?.memberId).toBe("member-1");
    expect(events).toEqual(["assigned 1", "revoked 1"]);
    await expect(consumer.poll()).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  });

  test("an abort ends a poll with its reason; two polls at a time are refused", async () => {
    const { consumer, clock } = subscribed({}, 0);
    const abort = new AbortController();
    const waiting = consumer.poll({ timeoutMs: 60_000, signal: abort.signal });
    await clock.idle();
    await expect(consumer.poll()).rejects.toMatchObject({ code: "CONCURRENT_POLL" });
    abort.abort(new Error("enough"));
    await expect(clock.until(waiting)).rejects.toThrow("enough");
  });

  test("read_committed leaves out aborted transactions", async () => {
    const { client, cluster, clock } = scripted();
    const [log] = cluster.addTopic(TOPIC);
    const batch = (value: string, producerId: number): Uint8Array =>
      encodeRecordBatch({
        records: [{ value: utf8(value), timestamp: 0 }],
        producerId,
        producerEpoch: 0,
        baseSequence: 0,
        isTransactional: true,
      });
    log?.append(batch("kept", 1));
    log?.append(batch("aborted", 2));
    cluster.once("Fetch", ({ request }) => {
      expect(request.isolationLevel).toBe(1);
      return {
        responses: [
          {
            topicId: request.topics[0]?.topicId,
            partitions: [
              {
                partitionIndex: 0,
                errorCode: 0,
                highWatermark: 2n,
                records: [log?.read(0) ?? new Uint8Array(0)],
                abortedTransactions: [{ producerId: 2n, firstOffset: 1n }],
              },
            ],
          },
        ],
      };
    });
    const fetched = await clock.until(
      client.fetch({ topic: TOPIC, partition: 0, offset: 0, isolationLevel: "read_committed" }),
    );
    expect(values(fetched.records)).toEqual(["kept"]);
    expect(fetched.nextOffset).toBe(2);
  });
});
