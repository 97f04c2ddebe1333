import { groupPartition } from "@streambed/consumer-coordinator";
import { silentLogger, systemClock, utf8 } from "@streambed/kernel";
import { expect, it } from "vitest";
import type { OffsetsTopic } from "./group-appender.ts";
import { GroupAppender } from "./group-appender.ts";
import { APPEND_RECORDS_MAX } from "./limits.ts";

const PARTS = { clock: systemClock(), logger: silentLogger };

function record(name: string) {
  return { key: utf8(name), value: null };
}

/** A topic that remembers what was appended. */
function recordingTopic(changes: Partial<OffsetsTopic> = {}) {
  const appends: { readonly partition: number; readonly records: number }[] = [];
  const topic: OffsetsTopic = {
    partitions: 50,
    ensure: () => Promise.resolve(),
    append: (partition, records) => {
      appends.push({ partition, records: records.length });
      return Promise.resolve({ ok: true });
    },
    ...changes,
  };
  return { topic, appends };
}

it("puts commits of one tick into one append for each partition", async () => {
  const { topic, appends } = recordingTopic();
  const appender = new GroupAppender(topic, PARTS);
  const groups = ["a", "b", "a", "a"];
  const outcomes = await Promise.all(groups.map((groupId) => appender.append(groupId, [record(groupId)])));
  expect(outcomes).toEqual([true, true, true, true]);
  expect(appends).toEqual([
    { partition: groupPartition("a", 50), records: 3 },
    { partition: groupPartition("b", 50), records: 1 },
  ]);
});

it("keeps appends within their bound", async () => {
  const { topic, appends } = recordingTopic();
  const appender = new GroupAppender(topic, PARTS);
  const many = Array.from({ length: APPEND_RECORDS_MAX - 1 }, () => record("a"));
  await Promise.all([many, many, [record("a")]].map((records) => appender.append("a", records)));
  expect(appends.map(({ records }) => records)).toEqual([APPEND_RECORDS_MAX - 1, APPEND_RECORDS_MAX]);
});

it("says false when the log refuses, and when the topic cannot be made; goes on afterwards", async () => {
  let isDown = true;
  const refusing = recordingTopic({ append: () => Promise.resolve({ ok: false, error: { errorMessage: "full" } }) });
  expect(await new GroupAppender(refusing.topic, PARTS).append("a", [record("a")])).toBe(false);
  const { topic } = recordingTopic({ ensure: () => (isDown ? Promise.reject(new Error("down")) : Promise.resolve()) });
  const appender = new GroupAppender(topic, PARTS);
  const lost = [appender.append("a", [record("a")]), appender.append("b", [record("b")])];
  expect(await Promise.all(lost)).toEqual([false, false]);
  isDown = false;
  expect(await appender.append("a", [record("a")])).toBe(true);
});

it("keeps the order of what came while the topic was being made", async () => {
  const made = Promise.withResolvers<void>();
  const order: string[] = [];
  const { topic } = recordingTopic({
    ensure: () => made.promise,
    append: (_partition, records) => {
      order.push(...records.map(({ key }) => new TextDecoder().decode(key ?? new Uint8Array(0))));
      return Promise.resolve({ ok: true });
    },
  });
  const appender = new GroupAppender(topic, PARTS);
  const first = appender.append("a", [record("1")]);
  await Promise.resolve();
  const second = appender.append("a", [record("2")]);
  made.resolve();
  await Promise.all([first, second]);
  await appender.append("a", [record("3")]);
  expect(order).toEqual(["1", "2", "3"]);
});

it("tells when a group's appends have settled, and waits for no others", async () => {
  const held = Promise.withResolvers<{ readonly ok: true }>();
  const { topic } = recordingTopic({ append: () => held.promise });
  const appender = new GroupAppender(topic, PARTS);
  const settled: string[] = [];
  const commit = appender.append("a", [record("a")]).then(() => settled.push("commit"));
  await appender.whenSettled("b");
  const waiting = appender.whenSettled("a").then(() => settled.push("reader"));
  expect(settled).toEqual([]);
  held.resolve({ ok: true });
  await Promise.all([commit, waiting]);
  expect(settled).toEqual(["commit", "reader"]);
});
