import { expect, test } from "vitest";
import { checkBind } from "./bind-hosts.ts";

test("other machines are let in only when asked for in words", () => {
  expect(() => checkBind("0.0.0.0", { allowAnonymous: false })).toThrow(/--allow-anonymous/);
  expect(() => checkBind("0.0.0.0", { allowAnonymous: true })).not.toThrow();
  expect(() => checkBind("localhost", { allowAnonymous: false })).not.toThrow();
});
