import { seededRandom } from "@streambed/kernel";
import { expect, test } from "vitest";
import { checkFlags, type ConsumerFlags, consumerProperties, startOffset } from "./options.ts";

const BASE: ConsumerFlags = { bootstrapServer: "localhost:9092", topic: "t" };

test("a reader without a group gets a fresh one that commits nothing", async () => {
  expect(await consumerProperties(BASE, seededRandom(1))).toEqual({
    "client.id": "console-consumer",
    "group.id": expect.stringMatching(/^console-consumer-\d+$/),
    "enable.auto.commit": "false",
    "auto.offset.reset": "latest",
  });
});

test("--from-beginning and --group", async () => {
  expect(await consumerProperties({ ...BASE, group: "g", fromBeginning: true }, seededRandom(1))).toMatchObject({
    "group.id": "g",
    "enable.auto.commit": "true",
    "auto.offset.reset": "earliest",
  });
});

test("a consumer property wins over defaults", async () => {
  const flags = { ...BASE, consumerProperty: ["group.id=g", "enable.auto.commit=false", "auto.offset.reset=earliest"] };
  expect(await consumerProperties(flags, seededRandom(1))).toMatchObject({
    "group.id": "g",
    "enable.auto.commit": "false",
    "auto.offset.reset": "earliest",
  });
});

test("two group ids are refused", async () => {
  const flags = { ...BASE, group: "a", consumerProperty: ["group.id=b"] };
  await expect(consumerProperties(flags, seededRandom(1))).rejects.toThrow(/Detected group ids: 'a', 'b'/);
});

test("--from-beginning does not go with another reset", async () => {
  const flags = { ...BASE, fromBeginning: true, consumerProperty: ["auto.offset.reset=latest"] } as const;
  await expect(consumerProperties(flags, seededRandom(1))).rejects.toThrow(/please remove one option/);
});

test.each<[ConsumerFlags, RegExp]>([
  [{ bootstrapServer: "a:1" }, /\[topic\], \[include\]/],
  [{ ...BASE, include: "x" }, /\[topic\], \[include\]/],
  [{ topic: "t" }, /bootstrap-server/],
  [{ ...BASE, offset: "1" }, /partition is required when offset/],
  [{ bootstrapServer: "a:1", include: "x", partition: 0 }, /topic is required when partition/],
  [{ ...BASE, partition: 0, offset: "1", fromBeginning: true }, /cannot be specified together/],
])("%j is refused", (flags, message) => {
  expect(() => checkFlags(flags)).toThrow(message);
});

test.each<[ConsumerFlags, unknown]>([
  [{}, "latest"],
  [{ fromBeginning: true }, "earliest"],
  [{ offset: "Earliest" }, "earliest"],
  [{ offset: "latest" }, "latest"],
  [{ offset: "42" }, 42],
])("%j starts at %j", (flags, start) => {
  expect(startOffset(flags)).toBe(start);
});

test("a negative offset is refused", () => {
  expect(() => startOffset({ offset: "-1" })).toThrow("The provided offset value '-1' is incorrect.");
});
