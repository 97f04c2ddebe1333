import { describe, expect, it } from "vitest";
import { rangeAssignor, roundRobinAssignor } from "./assignors.ts";
import type { AssignorMember, GroupAssignment } from "./assignors.ts";

const TWO_TOPICS = new Map([
  ["t1", 3],
  ["t2", 3],
]);

function member(memberId: string, topics: readonly string[], groupInstanceId: string | null = null): AssignorMember {
  return { memberId, topics, groupInstanceId };
}

function asText(assignment: GroupAssignment): Record<string, string> {
  return Object.fromEntries(
    [...assignment].map(([memberId, topics]) => [
      memberId,
      topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}p${partition}`)).join(","),
    ]),
  );
}

describe("roundrobin", () => {
  it("gives the assignment of Kafka's documentation", () => {
    const members = [member("C1", ["t1", "t2"]), member("C2", ["t1", "t2"])];
    expect(asText(roundRobinAssignor(members, TWO_TOPICS))).toEqual({
      C1: "t1p0,t1p2,t2p1",
      C2: "t1p1,t2p0,t2p2",
    });
  });

  it("passes over members that do not subscribe to a topic", () => {
    const counts = new Map([
      ["t0", 1],
      ["t1", 2],
      ["t2", 3],
    ]);
    const members = [member("C0", ["t0"]), member("C1", ["t0", "t1"]), member("C2", ["t0", "t1", "t2"])];
    expect(asText(roundRobinAssignor(members, counts))).toEqual({ C0: "t0p0", C1: "t1p0", C2: "t1p1,t2p0,t2p1,t2p2" });
  });

  it("leaves members without a topic that exists with nothing", () => {
    expect(asText(roundRobinAssignor([member("C1", ["nowhere"])], TWO_TOPICS))).toEqual({ C1: "" });
    expect(asText(roundRobinAssignor([], TWO_TOPICS))).toEqual({});
  });
});

describe("range", () => {
  it("gives each member one run of each topic, the first ones the rest", () => {
    const members = [member("C2", ["t1", "t2"]), member("C1", ["t2", "t1"])];
    expect(asText(rangeAssignor(members, TWO_TOPICS))).toEqual({ C1: "t1p0,t1p1,t2p0,t2p1", C2: "t1p2,t2p2" });
  });

  it("puts static members first, by instance id", () => {
    const members = [member("A", ["t1"]), member("Z", ["t1"], "i1"), member("Y", ["t1"], "i2")];
    expect(asText(rangeAssignor(members, new Map([["t1", 4]])))).toEqual({ Z: "t1p0,t1p1", Y: "t1p2", A: "t1p3" });
  });

  it("covers every partition once, whatever the order of the members", () => {
    const members = Array.from({ length: 7 }, (_, index) =>
      member(`m${index}`, index % 2 === 0 ? ["t1"] : ["t1", "t2"]),
    );
    const counts = new Map([
      ["t1", 20],
      ["t2", 2],
    ]);
    for (const assignor of [rangeAssignor, roundRobinAssignor]) {
      const given = Object.values(asText(assignor(members, counts)))
        .flatMap((text) => text.split(","))
        .filter(Boolean);
      expect(new Set(given).size).toBe(22);
      expect(given).toHaveLength(22);
      const reversed = asText(assignor(members.toReversed(), counts));
      expect(reversed).toEqual(asText(assignor(members, counts)));
    }
  });
});
