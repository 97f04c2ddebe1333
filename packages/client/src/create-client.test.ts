import { describe, expect, test } from "vitest";
import { scripted } from "./test-support/scripted-client.ts";

describe("connections", () => {
  test("a broker that does not know our ApiVersions is asked again in a version it knows", async () => {
    const { client, cluster, clock } = scripted();
    cluster.maxVersions.set("ApiVersions", 2);
    const { clusterId } = await clock.until(client.admin.describeCluster());
    expect(clusterId).toBe("scripted");
    expect(cluster.requests("ApiVersions").map(({ version }) => version)).toEqual([4, 2]);
  });

  test("each API is spoken in the highest version both sides have", async () => {
    const { client, cluster, clock } = scripted();
    cluster.maxVersions.set("Metadata", 5);
    cluster.addTopic("orders");
    const topics = await clock.until(client.admin.listTopics());
    expect(topics).toEqual([
      { name: "orders", topicId: "00000000-0000-0000-0000-000000000000", internal: false, partitionCount: 1 },
    ]);
    expect(cluster.requests("Metadata").map(({ version }) => version)).toEqual([5]);
  });

  test("an API the broker does not have fails with UNSUPPORTED_VERSION, and at once", async () => {
    const { client, cluster, clock } = scripted();
    cluster.once("ApiVersions", () => ({ errorCode: 0, apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 13 }] }));
    const failed = client.admin.createTopics([{ name: "orders" }]);
    await expect(clock.until(failed)).rejects.toMatchObject({ code: "UNSUPPORTED_VERSION", retriable: false });
  });

  test("the next bootstrap server is used when the first refuses", async () => {
    const bootstrap = [
      { host: "nobody", port: 1 },
      { host: "node0", port: 9092 },
    ];
    const { client, clock } = scripted(1, { bootstrap });
    await expect(clock.until(client.admin.describeCluster())).resolves.toMatchObject({ controllerId: 0 });
  });

  test("a request without an answer is given up after requestTimeoutMs and repeated on a new connection", async () => {
    const { client, cluster, clock } = scripted(1, { requestTimeoutMs: 1_000 });
    cluster.once("Metadata", () => "hang");
    await expect(clock.until(client.admin.describeCluster())).resolves.toMatchObject({ clusterId: "scripted" });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(1_000);
    expect(cluster.requests("ApiVersions")).toHaveLength(2);
  });

  test("a call ends after defaultApiTimeoutMs and says what it failed with last", async () => {
    const { client, cluster, clock } = scripted(1, { defaultApiTimeoutMs: 2_000 });
    for (const node of cluster.nodes.values()) node.up = false;
    const failed = client.admin.describeCluster();
    await expect(clock.until(failed)).rejects.toMatchObject({
      code: "REQUEST_TIMED_OUT",
      message: expect.stringContaining("CONNECTION_REFUSED"),
    });
    expect(clock.elapsed()).toBeLessThanOrEqual(2_000);
  });

  test("an abort ends a call with the reason given", async () => {
    const { client, cluster, clock } = scripted();
    cluster.once("Metadata", () => "hang");
    const abort = new AbortController();
    const failed = client.admin.describeCluster({ signal: abort.signal });
    await clock.idle();
    abort.abort(new Error("changed my mind"));
    await expect(clock.until(failed)).rejects.toThrow("changed my mind");
  });

  test("a closed client refuses calls", async () => {
    const { client, clock } = scripted();
    await clock.until(client.close());
    await expect(clock.until(client.admin.listTopics())).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
    expect(() => client.producer()).toThrow("closed");
  });

  test("impossible options are refused with the name of the option", () => {
    expect(() => scripted(1, { bootstrap: [] })).toThrow("bootstrap");
    expect(() => scripted(1, { requestTimeoutMs: -1 })).toThrow("requestTimeoutMs");
    const { client } = scripted();
    expect(() => client.producer({ acks: 1, enableIdempotence: true })).toThrow("enableIdempotence");
    expect(() => client.producer({ compressionType: "zstd" })).toThrow("UNSUPPORTED_COMPRESSION_TYPE");
    expect(() => client.consumer({ groupId: "" })).toThrow("groupId");
  });
});

describe("finding the leader", () => {
  test("a fetch follows a leader that moved", async () => {
    const { client, cluster, clock } = scripted(2);
    const [log] = cluster.addTopic("orders", 1, 0);
    await clock.until(client.producer({ acks: 1 }).send("orders", [{ value: new Uint8Array([1]) }]));
    if (log !== undefined) Object.assign(log, { leader: 1, leaderEpoch: 1 });
    const { records, highWatermark } = await clock.until(client.fetch({ topic: "orders", partition: 0, offset: 0 }));
    expect(records.map(({ offset, value }) => ({ offset, value }))).toEqual([
      { offset: 0, value: new Uint8Array([1]) },
    ]);
    expect(highWatermark).toBe(1);
    expect(cluster.requests("Fetch").map(({ nodeId }) => nodeId)).toEqual([0, 1]);
  });

  test("a leader named in the refusal is used without asking for metadata", async () => {
    const { client, cluster, clock } = scripted(2);
    const [log] = cluster.addTopic("orders", 1, 0);
    await clock.until(client.fetch({ topic: "orders", partition: 0, offset: 0 }));
    if (log !== undefined) Object.assign(log, { leader: 1, leaderEpoch: 7 });
    cluster.once("Fetch", ({ request }) => ({
      responses: request.topics.map(({ topicId }) => ({
        topicId,
        partitions: [
          {
            partitionIndex: 0,
            errorCode: 6,
            highWatermark: -1n,
            records: null,
            currentLeader: { leaderId: 1, leaderEpoch: 7 },
          },
        ],
      })),
      nodeEndpoints: [{ nodeId: 1, host: "node1", port: 9092 }],
    }));
    const before = cluster.requests("Metadata").length;
    await clock.until(client.fetch({ topic: "orders", partition: 0, offset: 0 }));
    expect(cluster.requests("Metadata").length).toBe(before);
  });

  test("a topic that does not exist is reported after a few looks, not after a minute", async () => {
    const { client, clock } = scripted();
    const failed = client.fetch({ topic: "nothing", partition: 0, offset: 0 });
    await expect(clock.until(failed)).rejects.toMatchObject({ code: "UNKNOWN_TOPIC_OR_PARTITION", kind: "not-found" });
    expect(clock.elapsed()).toBeLessThan(2_000);
  });

  test("an offset that is not there is refused with what to do next", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders");
    const failed = client.fetch({ topic: "orders", partition: 0, offset: 99 });
    await expect(clock.until(failed)).rejects.toMatchObject({
      code: "OFFSET_OUT_OF_RANGE",
      message: expect.stringContaining("seek"),
    });
  });

  test("offsets of one partition for several times are asked in separate requests", async () => {
    const { client, cluster, clock } = scripted();
    cluster.addTopic("orders");
    const specs = ["earliest", "latest"] as const;
    const answers = await clock.until(
      client.admin.listOffsets(specs.map((spec) => ({ topic: "orders", partition: 0, spec }))),
    );
    expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
    expect(cluster.requests("ListOffsets")).toHaveLength(2);
  });
});
