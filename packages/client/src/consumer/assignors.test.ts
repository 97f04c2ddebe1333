import { describe, expect, test } from "vitest";
import { ASSIGNORS, type MemberSubscription } from "./assignors.ts";

const member = (memberId: string, ...topics: string[]): MemberSubscription => ({
  memberId,
  groupInstanceId: null,
  topics,
});

function assigned(
  assignor: "range" | "roundrobin",
  members: readonly MemberSubscription[],
  counts: readonly (readonly [string, number])[],
): { readonly [memberId: string]: readonly string[] } {
  const result = ASSIGNORS[assignor](members, new Map(counts));
  return Object.fromEntries(
    [...result].map(([memberId, items]) => [memberId, items.map(({ topic, partition }) => `${topic}p${partition}`)]),
  );
}

describe("range, the examples of Kafka's documentation", () => {
  test("two topics of three partitions for two members", () => {
    const members = [member("C1", "t0", "t1"), member("C0", "t0", "t1")];
    expect(
      assigned("range", members, [
        ["t0", 3],
        ["t1", 3],
      ]),
    ).toEqual({
      C0: ["t0p0", "t0p1", "t1p0", "t1p1"],
      C1: ["t0p2", "t1p2"],
    });
  });

  test("members beyond the number of partitions get nothing", () => {
    const members = [member("a", "t"), member("b", "t"), member("c", "t")];
    expect(assigned("range", members, [["t", 2]])).toEqual({ a: ["tp0"], b: ["tp1"], c: [] });
  });
});

describe("roundrobin, the examples of Kafka's documentation", () => {
  test("two topics of three partitions for two members", () => {
    const members = [member("C0", "t0", "t1"), member("C1", "t0", "t1")];
    expect(
      assigned("roundrobin", members, [
        ["t0", 3],
        ["t1", 3],
      ]),
    ).toEqual({
      C0: ["t0p0", "t0p2", "t1p1"],
      C1: ["t0p1", "t1p0", "t1p2"],
    });
  });

  test("members that read different topics", () => {
    const members = [member("C0", "t0"), member("C1", "t0", "t1"), member("C2", "t0", "t1", "t2")];
    expect(
      assigned("roundrobin", members, [
        ["t2", 3],
        ["t0", 1],
        ["t1", 2],
      ]),
    ).toEqual({
      C0: ["t0p0"],
      C1: ["t1p0"],
      C2: ["t1p1", "t2p0", "t2p1", "t2p2"],
    });
  });

  test("static members come in the order of their instance ids", () => {
    const members = [
      { ...member("z", "t"), groupInstanceId: "1" },
      { ...member("a", "t"), groupInstanceId: "2" },
    ];
    expect(assigned("roundrobin", members, [["t", 2]])).toEqual({ z: ["tp0"], a: ["tp1"] });
  });
});
