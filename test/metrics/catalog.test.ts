import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { METRICS } from "@streambed/metrics";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const names = METRICS.map(({ name }) => name);

/** Names of metrics that the code mentions outside the catalogue. */
function usedNames(): ReadonlySet<string> {
  const sources = globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], { cwd: root }).filter(
    (path) => !path.endsWith(".test.ts") && !/metrics\/src\/catalog/.test(path.replaceAll("\\", "/")),
  );
  const texts = sources.map((path) => readFileSync(`${root}${path}`, "utf8"));
  const found = texts.flatMap((text) => [...text.matchAll(/"((?:streambed|process)_[a-z_]+)"/g)]);
  return new Set(found.map((match) => match[1] ?? ""));
}

test("the catalogue holds exactly the metrics that the code counts", () => {
  expect([...usedNames()].toSorted()).toEqual(names.toSorted());
});

test("docs/metrics.md explains every metric, with its labels, and no other", () => {
  const page = readFileSync(`${root}docs/metrics.md`, "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const documented = rows.map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")));
  expect(documented.map(([, name]) => name)).toEqual(names);
  for (const { name, kind, labels = [], help } of METRICS) {
    const row = documented.find((cells) => cells[1] === name);
    expect(row?.slice(2, 5), name).toEqual([kind, labels.join(", "), help.replaceAll("|", "\\|")]);
  }
});

test("names follow Prometheus' conventions", () => {
  for (const { name, kind, help, buckets } of METRICS) {
    expect(name, name).toMatch(/^(streambed|process)_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith("_total"), name).toBe(kind === "counter");
    expect(name, name).not.toMatch(/(milli|micro)seconds|minutes|kilobytes/);
    expect(help, name).toMatch(/^[A-Z0-9].*\.$/);
    expect(buckets === undefined, name).toBe(kind !== "histogram");
    expect(buckets?.toSorted((left, right) => left - right)).toEqual(buckets);
  }
  expect(new Set(names).size).toBe(names.length);
});
