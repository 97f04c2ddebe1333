import { hostname } from "node:os";
import { expect, test } from "vitest";
import { advertised } from "./advertise.ts";

const NOTHING = { advertisedHost: null, advertisedPort: null };

test("localhost is told only when IPv6 answers, too", () => {
  const both = { port: 9092, addresses: ["127.0.0.1", "::1"] };
  expect(advertised({ host: "localhost", ...NOTHING }, both)).toEqual({ host: "localhost", port: 9092 });
  const one = { port: 9092, addresses: ["127.0.0.1"] };
  expect(advertised({ host: "localhost", ...NOTHING }, one)).toEqual({ host: "127.0.0.1", port: 9092 });
});

test("what was asked for wins, and every address becomes the machine's name", () => {
  const door = { port: 1234, addresses: ["0.0.0.0"] };
  expect(advertised({ host: "0.0.0.0", ...NOTHING }, door)).toEqual({ host: hostname(), port: 1234 });
  const asked = { host: "0.0.0.0", advertisedHost: "broker.example", advertisedPort: 19_092 };
  expect(advertised(asked, door)).toEqual({ host: "broker.example", port: 19_092 });
});
