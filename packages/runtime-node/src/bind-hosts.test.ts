import { expect, test } from "vitest";
import { checkBind, isLoopback } from "./bind-hosts.ts";

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1"])("%s is loopback", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["0.0.0.0", "::", "192.168.1.2", "example.com", "127.0.0.1.example.com", ""])("%s is not", (host) => {
  expect(isLoopback(host)).toBe(false);
});

test("other machines are let in only when asked for in words", () => {
  expect(() => checkBind("0.0.0.0", { allowAnonymous: false })).toThrow(/--allow-anonymous/);
  expect(() => checkBind("0.0.0.0", { allowAnonymous: true })).not.toThrow();
  expect(() => checkBind("localhost", { allowAnonymous: false })).not.toThrow();
});
