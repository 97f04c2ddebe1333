import { expect, test } from "vitest";
import { parseBootstrap } from "./bootstrap.ts";

test("several brokers, spaces, brackets, and a listener name in front", () => {
  expect(parseBootstrap("localhost:9092, [::1]:9093,PLAINTEXT://10.0.0.1:9094,")).toEqual([
    { host: "localhost", port: 9092 },
    { host: "::1", port: 9093 },
    { host: "10.0.0.1", port: 9094 },
  ]);
});

test.each(["localhost", "localhost:", ":9092", "localhost:0", "localhost:70000", "http://localhost:9092/", ",", ""])(
  "%j is refused",
  (text) => {
    expect(() => parseBootstrap(text)).toThrow(/host:port/);
  },
);
