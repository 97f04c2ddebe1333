import { describe, expect, test } from "vitest";
import { partOfName, pathOfKey, pathOfPrefix } from "./key-path.ts";

describe("pathOfKey", () => {
  test.each([
    ["log/0/00000000000000a1", "log/0/00000000000000a1"],
    ["cluster.json", "cluster.json"],
    ["a b/c:d", "a%20b/c%3Ad"],
    ["100%", "100%25"],
    ["/leading//double/", "%/leading/%/double/%"],
    [".streambed/tmp/x", "%2Estreambed/tmp/x"],
    ["../../etc/passwd", "%2E./%2E./etc/passwd"],
    ["./x", "%2E/x"],
  ])("%j is stored at %j", (key, path) => {
    expect(pathOfKey(key)).toBe(path);
    expect(path.split("/").map(partOfName).join("/")).toBe(key);
  });

  test.each([
    ["nothing", ""],
    ["a zero byte", "a\0b"],
    ["a newline", "a\nb"],
    ["other than ASCII", "tøpic"],
    ["more than 1,024 bytes", "a/".repeat(512) + "b"],
    ["a part longer than a file name", "x".repeat(256)],
    ["a part longer than a file name when escaped", " ".repeat(86)],
  ])("%s is refused", (_, key) => {
    expect(() => pathOfKey(key)).toThrow(expect.objectContaining({ kind: "invalid", code: "STORE_KEY_INVALID" }));
  });

  test("a file of somebody else stands for no key", () => {
    for (const name of [".streambed", "a b", "%zz", "%2f", "%41", "ü"]) expect(partOfName(name)).toBeUndefined();
  });

  test("a prefix leads to the directory of its last slash", () => {
    expect(pathOfPrefix("log/0/00")).toBe("log/0");
    expect(pathOfPrefix("lo")).toBe("");
  });
});
