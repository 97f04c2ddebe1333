import { utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { Fingerprint } from "./fingerprint.ts";

function of(...records: readonly (readonly [string, string])[]): Fingerprint {
  const fingerprint = new Fingerprint();
  for (const [key, value] of records) fingerprint.add({ key: utf8(key), value: utf8(value) });
  return fingerprint;
}

const WANTED = of(["a", "1"], ["a", "2"], ["b", "3"]);

test("the order between keys does not matter, the order within one does", () => {
  expect(of(["b", "3"], ["a", "1"], ["a", "2"]).differencesFrom(WANTED)).toEqual([]);
  expect(of(["a", "2"], ["a", "1"], ["b", "3"]).differencesFrom(WANTED)).toEqual([
    'key "a" has other values, or in another order',
  ]);
});

test.each([
  ["a lost record", of(["a", "1"], ["b", "3"]), ["2 records instead of 3", 'key "a" has 1 records instead of 2']],
  [
    "a doubled record",
    of(["a", "1"], ["a", "2"], ["b", "3"], ["b", "3"]),
    ["4 records instead of 3", 'key "b" has 2 records instead of 1'],
  ],
  ["a changed value", of(["a", "1"], ["a", "x"], ["b", "3"]), ['key "a" has other values, or in another order']],
  [
    "a missing and a foreign key",
    of(["a", "1"], ["a", "2"], ["c", "3"]),
    ['key "b" is missing', 'key "c" was never sent'],
  ],
  [
    "bytes moved between values",
    of(["a", "12"], ["a", ""], ["b", "3"]),
    ['key "a" has other values, or in another order'],
  ],
])("%s shows", (_, seen, differences) => {
  expect(seen.differencesFrom(WANTED)).toEqual(differences);
});
