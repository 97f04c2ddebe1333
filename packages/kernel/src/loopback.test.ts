import { expect, test } from "vitest";
import { isLoopback } from "./loopback.ts";

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1"])("%s is loopback", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["0.0.0.0", "::", "192.168.1.2", "example.com", "127.0.0.1.example.com", ""])("%s is not", (host) => {
  expect(isLoopback(host)).toBe(false);
});
