import { expect, test } from "vitest";
import { restSettings } from "./rest-settings.ts";
import { serverSettings } from "./server-settings.ts";

test("the defaults are those of Confluent where it has one", () => {
  expect(restSettings.parse({})).toMatchObject({
    consumerInstanceTimeoutMs: 300_000,
    consumerRequestTimeoutMs: 1_000,
    consumerRequestBytesMax: 67_108_864,
    fetchMinBytes: -1,
    corsOrigins: [],
  });
});

test("an advertised URL loses its trailing slash", () => {
  expect(restSettings.parse({ advertisedUrl: "https://rest.example/" }).advertisedUrl).toBe("https://rest.example");
});

test("an advertised URL must be http or https", () => {
  expect(restSettings.safeParse({ advertisedUrl: "ftp://rest.example" }).success).toBe(false);
});

test("a server without settings listens on 9092 and 8082", () => {
  const settings = serverSettings.parse({});
  expect([settings.kafka.port, settings.http.port, settings.rest.v3Enabled]).toEqual([9092, 8082, true]);
});
