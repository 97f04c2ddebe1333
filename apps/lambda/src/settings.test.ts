import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

test("a bucket is enough", () => {
  expect(readSettings({ STREAMBED_STORE: "s3://bucket" })).toMatchObject({
    bucket: "bucket",
    prefix: "",
    responses: "buffer",
  });
});

test("a prefix and AWS's own variables are taken", () => {
  const environment = {
    STREAMBED_STORE: "s3://bucket/a/b",
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9000",
    STREAMBED_RESPONSES: "stream",
  };
  expect(readSettings(environment)).toEqual({
    bucket: "bucket",
    prefix: "a/b",
    region: "eu-central-1",
    endpoint: "http://127.0.0.1:9000",
    advertisedUrl: undefined,
    responses: "stream",
  });
});

test.each([
  [{}, /STREAMBED_STORE must be set/],
  [{ STREAMBED_STORE: "bucket" }, /s3:\/\/bucket/],
  [{ STREAMBED_STORE: "s3://bucket", STREAMBED_RESPONSES: "both" }, /buffer or stream/],
])("%o is refused with the remedy", (environment, message) => {
  expect(() => readSettings(environment)).toThrow(message);
});
