import { readFileSync, writeFileSync } from "node:fs";
import { missingOptionals, type Lockfile } from "./missing-optionals.ts";

// Usage: node tools/lockfile/complete.ts
const path = new URL("../../package-lock.json", import.meta.url);
// npm wrote it; what is read of it is optional throughout.
const lock = JSON.parse(readFileSync(path, "utf8")) as Lockfile;
const missing = missingOptionals(lock);
const packages = Object.fromEntries(
  Object.entries({ ...lock.packages, ...missing }).toSorted(([left], [right]) => left.localeCompare(right, "en")),
);
writeFileSync(path, `${JSON.stringify({ ...lock, packages }, undefined, 2)}\n`);
process.stdout.write(`${Object.keys(missing).length} packages added\n`);
