import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ERROR_CODES } from "@streambed/protocol";
import { startServerProcess, temporaryFolder } from "../server/server-process.ts";
import { AcknowledgedRecords } from "./acknowledged-records.ts";

// A disk of its own needs the right to mount one.
const MAY_MOUNT = process.platform === "linux" && process.getuid?.() === 0 && canMount();
const DISK_BYTES = 12 * 1024 * 1024;
const BALLAST_BYTES = 4 * 1024 * 1024;
const RECORD_BYTES = 200_000;
const ATTEMPTS_MAX = 100;

function mount(...args: readonly string[]): void {
  execFileSync("mount", args, { stdio: "ignore" });
}

function canMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A small disk that is gone afterwards. */
async function smallDisk(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporaryFolder();
  mount("-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", folder.path);
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      execFileSync("umount", ["--lazy", folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Produces until something is refused; the error code. */
async function produceUntilRefused(records: AcknowledgedRecords): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const code = await records.produce(`full ${attempt}`, RECORD_BYTES);
    if (code !== 0) return code;
  }
  return 0;
}

it.skipIf(!MAY_MOUNT)("a full disk refuses, loses nothing, and serves again when there is room", async () => {
  await using disk = await smallDisk();
  await using server = await startServerProcess({ args: ["--data", join(disk.path, "data")] });
  const records = new AcknowledgedRecords(() => server.kafkaPort);
  await records.createTopic();
  const ballast = join(disk.path, "ballast");
  writeFileSync(ballast, new Uint8Array(BALLAST_BYTES));
  expect(await produceUntilRefused(records)).toBe(ERROR_CODES.KAFKA_STORAGE_ERROR.code);
  expect(records.count).toBeGreaterThan(0);
  expect(await records.lost()).toEqual([]);
  rmSync(ballast);
  const roomAt = performance.now();
  expect(await records.produce("room again")).toBe(0);
  console.log(
    `full disk: served again after ${(performance.now() - roomAt).toFixed(0)} ms, ${records.count} records kept`,
  );
  expect(await records.lost()).toEqual([]);
  expect(server.child.exitCode).toBeNull();
});

it.skipIf(!MAY_MOUNT)("a folder that turns read-only refuses, loses nothing, and serves again afterwards", async () => {
  await using disk = await smallDisk();
  await using server = await startServerProcess({ args: ["--data", join(disk.path, "data")] });
  const records = new AcknowledgedRecords(() => server.kafkaPort);
  await records.createTopic();
  expect(await records.produce("before")).toBe(0);
  // A server that rests has no file open for writing; one that has just written lets go of it soon.
  await expect.poll(() => mount("-o", "remount,ro", disk.path), { timeout: 3_000, interval: 200 }).toBeUndefined();
  expect(await records.produce("refused")).toBe(ERROR_CODES.KAFKA_STORAGE_ERROR.code);
  expect(await records.lost()).toEqual([]);
  mount("-o", "remount,rw", disk.path);
  const writableAt = performance.now();
  expect(await records.produce("after")).toBe(0);
  console.log(`read-only folder: served again after ${(performance.now() - writableAt).toFixed(0)} ms`);
  expect(await records.lost()).toEqual([]);
  expect(server.child.exitCode).toBeNull();
});

it.skipIf(!MAY_MOUNT)("a start on a read-only folder warns, reads, and writes once it may", async () => {
  await using disk = await smallDisk();
  const args = ["--data", join(disk.path, "data")];
  let server = await startServerProcess({ args });
  const records = new AcknowledgedRecords(() => server.kafkaPort);
  await records.createTopic();
  expect(await records.produce("before")).toBe(0);
  await server.stop();
  mount("-o", "remount,ro", disk.path);
  server = await startServerProcess({ args });
  await using _ = server;
  expect(server.output().stderr).toContain("folder-read-only");
  expect(await records.lost()).toEqual([]);
  expect(await records.produce("refused")).toBe(ERROR_CODES.KAFKA_STORAGE_ERROR.code);
  mount("-o", "remount,rw", disk.path);
  expect(await records.produce("after")).toBe(0);
  expect(await records.lost()).toEqual([]);
});

it.runIf(!MAY_MOUNT)("needs the right to mount a small disk (root on Linux); it was not tried", (context) => {
  context.skip();
});
