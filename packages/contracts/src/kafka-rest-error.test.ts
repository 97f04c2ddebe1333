import { StreambedError } from "@streambed/kernel";
import { expect, test } from "vitest";
import { KAFKA_REST_ERRORS, kafkaRestError } from "./kafka-rest-error.ts";

const error = (code: string, options: { kind?: "denied" | "unavailable" } = {}): StreambedError =>
  new StreambedError({ kind: options.kind ?? "invalid", code, message: code });

test("a row of the table wins over the rules", () => {
  expect(kafkaRestError(error("UNKNOWN_TOPIC_OR_PARTITION", { kind: "unavailable" }))).toEqual({
    number: 3,
    status: 404,
    errorCode: 40403,
  });
});

test("errors without a row are 50003 when retriable and 50002 when not", () => {
  expect(kafkaRestError(error("NOT_LEADER_OR_FOLLOWER", { kind: "unavailable" })).errorCode).toBe(50003);
  expect(kafkaRestError(error("FENCED_INSTANCE_ID")).errorCode).toBe(50002);
});

test("a refusal without a row is 40301", () => {
  expect(kafkaRestError(error("SOMETHING_NEW", { kind: "denied" }))).toMatchObject({ status: 403, errorCode: 40301 });
});

test("names from Object.prototype are not rows", () => {
  expect(kafkaRestError(error("constructor")).errorCode).toBe(50002);
});

test("the status of every row is the start of its code", () => {
  for (const [name, row] of Object.entries(KAFKA_REST_ERRORS)) {
    expect(String(row.errorCode).startsWith(String(row.status)), name).toBe(true);
  }
});
