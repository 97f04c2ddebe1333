import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brokerModules } from "@streambed/broker";
import { examine, runProgram, streambedProgram, systemContext } from "@streambed/cli";
import type { Diagnosis } from "@streambed/cli";
import { randomUuid, seededRandom, StreambedError, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import type { Clock } from "@streambed/kernel";
import { openCluster, openShardLog } from "@streambed/log-storage";
import type { ObjectStore } from "@streambed/log-storage";
import { PRICE_LISTS } from "@streambed/metrics";
import { encodeRecordBatch } from "@streambed/protocol";
import { folderStore } from "@streambed/store-fs";
import { memoryStore } from "@streambed/store-memory";
import { expect, test } from "vitest";
import { temporaryFolder } from "../server/server-process.ts";
import { bufferTerminal, cliHarness } from "./cli-harness.ts";

const PROBE = { passed: ["create"], atMs: Date.UTC(2026, 0, 1) };

/** A cluster with one topic of three records, written by nobody who runs any more. */
async function fill(directory: string): Promise<void> {
  await using store = folderStore({ directory });
  await openCluster(store, systemRandom(), { probe: () => Promise.resolve(PROBE) });
  const log = await openShardLog({ store, modules: brokerModules });
  const topicId = randomUuid(systemRandom());
  await log.command({ kind: "create-topic", topicId, name: "orders", partitions: 2, configs: new Map() });
  const records = ["a", "b", "c"].map((value) => ({ value: utf8(value), timestamp: 1 }));
  const idempotence = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
  const facts = { recordCount: 3, maxTimestampMs: 1, inline: false };
  await log.append([{ topicId, partition: 0, bytes: encodeRecordBatch({ records }), ...facts, ...idempotence }]);
  await log.close();
}

/** Writes a checkpoint of all that there is. */
async function checkpoint(directory: string): Promise<void> {
  await using store = folderStore({ directory });
  const { internals } = await openShardLog({ store, modules: brokerModules });
  internals.checkpoints.save(internals.state);
  await internals.checkpoints.settled();
}

/** Objects in a folder, without what the adapter keeps for itself. */
async function objectsIn(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(".streambed"))
    .map(({ name }) => name)
    .toSorted();
}

test("a place nobody has used yet is well, and stays empty", async () => {
  await using folder = await temporaryFolder();
  await using cli = await cliHarness();
  const { code, stdout } = await cli.streambed(["doctor", "--store", folder.path]);
  expect(code).toBe(0);
  expect(stdout).toContain("no cluster here yet");
  expect(stdout).toMatch(/PUT 1 KiB +[\d.]+ ms +[\d.]+ ms/);
  expect(stdout).toMatch(/All is well\.\n$/);
  expect(await objectsIn(folder.path)).toEqual([]);
});

test("a cluster is described, and nothing in it changes", async () => {
  await using folder = await temporaryFolder();
  await using cli = await cliHarness();
  await fill(folder.path);
  const before = await objectsIn(folder.path);
  const { code, stdout } = await cli.streambed(["doctor", "-s", folder.path, "--price-list", "s3", "--json"]);
  expect(code).toBe(0);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  expect(diagnosis).toMatchObject({
    ok: true,
    cluster: { topics: 1, partitions: 2, tailSeq: 1, tailEntries: 2, orphans: 0, probedAt: "2026-01-01T00:00:00.000Z" },
    bill: { priceList: "s3", entriesPerHour: 2 },
  });
  expect(diagnosis.bill?.dollarsPerMonth).toBeCloseTo(0.0073);
  expect(await objectsIn(folder.path)).toEqual(before);
});

test("a lost entry fails the doctor and the scrub, which names its records", async () => {
  await using folder = await temporaryFolder();
  await using cli = await cliHarness();
  await fill(folder.path);
  const store = ["--store", folder.path];
  const whole = await cli.streambed(["scrub", ...store, "--deep"]);
  expect(whole.code).toBe(0);
  expect(whole.stdout).toMatch(
    /1 batches read[^]*Complete up to entry 1: every record committed by then is there\.\n$/,
  );
  await rm(join(folder.path, "log/0", "0".repeat(16)));
  const doctor = await cli.streambed(["doctor", ...store]);
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toMatch(/ fail .*\n +-> `streambed scrub`[^]*Not well/);
  const scrub = await cli.streambed(["scrub", ...store]);
  expect(scrub.code).toBe(1);
  expect(scrub.stdout).toContain("Not complete");
});

test("a damaged checkpoint is a warning as long as the log can be folded without it, then a failure", async () => {
  await using folder = await temporaryFolder();
  await using cli = await cliHarness();
  await fill(folder.path);
  await checkpoint(folder.path);
  const store = ["--store", folder.path];
  const root = join(folder.path, "ckpt/0", "0".repeat(15) + "1", "root");
  const bytes = await readFile(root);
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  await writeFile(root, bytes);
  const scrub = await cli.streambed(["scrub", ...store]);
  expect(scrub.code).toBe(0);
  expect(scrub.stdout).toMatch(/checkpoint-damaged: ckpt\/0\/0+1\/root: [^]*1 warning:[^]*Complete up to entry 1:/);
  expect(scrub.stdout).toMatch(/checkpoints +2 /);
  const doctor = await cli.streambed(["doctor", ...store]);
  expect(doctor.code).toBe(0);
  expect(doctor.stdout).toMatch(/ warn {2}parts of checkpoints [^]*No record is lost[^]*Well, with warnings/);
  await rm(join(folder.path, "log/0"), { recursive: true });
  const lost = await cli.streambed(["scrub", ...store]);
  expect(lost.code).toBe(1);
  expect(lost.stdout).toMatch(
    /1 warning: what is missing from the log may be in these objects[^]*Not complete: 1 finding/,
  );
  const worse = await cli.streambed(["doctor", ...store]);
  expect(worse.code).toBe(1);
  expect(worse.stdout).not.toContain("No record is lost");
});

test("a scrub changes nothing in the folder it reads", async () => {
  await using folder = await temporaryFolder();
  await using cli = await cliHarness();
  await fill(folder.path);
  await rm(join(folder.path, ".streambed"), { recursive: true });
  const before = await readdir(folder.path);
  expect(await cli.streambed(["scrub", "--store", folder.path, "--deep"])).toMatchObject({ code: 0 });
  expect(await readdir(folder.path)).toEqual(before);
});

test("a scrub that is stopped has not passed", async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path);
  const { terminal, stdout, stderr } = bufferTerminal("");
  const stopped = { ...terminal, stopped: AbortSignal.abort(new Error("Ctrl-C")) };
  const program = streambedProgram(systemContext(stopped));
  expect(await runProgram(program, { args: ["scrub", "--store", folder.path], terminal: stopped })).toBe(130);
  expect(stdout() + stderr()).not.toContain("Complete");
});

test("places without a bucket or a cluster are told apart from empty ones", async () => {
  await using folder = await temporaryFolder();
  await using cli = await cliHarness();
  const missing = await cli.streambed(["doctor", "--store", join(folder.path, "nowhere")]);
  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toMatch(/no folder .*nowhere.*streambed serve --data/);
  expect(await readdir(folder.path)).toEqual([]);
  expect((await cli.streambed(["scrub", "--store", folder.path])).stderr).toContain("no cluster in folder");
  expect((await cli.streambed(["doctor", "--store", "memory:"])).stderr).toContain("nothing to look at");
  expect((await cli.streambed(["doctor", "--store", "gs://x"])).stderr).toContain("not known");
});

async function diagnose(store: ObjectStore, clock: Clock = systemClock()): Promise<Diagnosis> {
  return examine({ store, clock, random: seededRandom(1), prices: PRICE_LISTS.s3 }, () => undefined);
}

const verdicts = ({ findings }: Diagnosis): Record<string, string> =>
  Object.fromEntries(findings.map(({ name, verdict }) => [name, verdict]));

test("a store that ignores conditions, ranges or pages is not well, and each is named", async () => {
  const inner = memoryStore();
  const naive: ObjectStore = {
    ...inner,
    put: (key, body) => inner.put(key, body),
    get: (key) => inner.get(key),
    list: ({ prefix, limit }) => inner.list({ prefix, ...(limit === undefined ? {} : { limit }) }),
  };
  const diagnosis = await diagnose(naive);
  expect(diagnosis.ok).toBe(false);
  expect(verdicts(diagnosis)).toMatchObject({ reach: "ok", create: "fail", swap: "fail", range: "fail", page: "fail" });
  expect((await inner.list({ prefix: "" })).objects).toEqual([]);
});

test("a store that cannot be written fails once, with its own reason, and its cluster is looked at", async () => {
  const inner = memoryStore();
  await openCluster(inner, systemRandom(), {});
  const message = "No permission to write";
  const refuse = () => Promise.reject(new StreambedError({ kind: "denied", code: "STORE_READ_ONLY", message }));
  const diagnosis = await diagnose({ ...inner, put: refuse });
  const failures = diagnosis.findings.filter(({ verdict }) => verdict === "fail");
  expect(failures).toEqual([{ name: "write", verdict: "fail", says: `not writable: ${message}` }]);
  const skip = { create: "skip", swap: "skip", list: "skip", range: "skip", page: "skip", measure: "skip" };
  expect(verdicts(diagnosis)).toMatchObject({ reach: "ok", ...skip, clock: "ok", log: "ok" });
  expect(diagnosis.cluster).toMatchObject({ topics: 0 });
});

test("a clock that is off by minutes fails, by seconds warns", async () => {
  const off = (ms: number): Clock => ({ ...systemClock(), now: () => Date.now() + ms });
  expect(verdicts(await diagnose(memoryStore(), off(-120_000)))["clock"]).toBe("fail");
  expect(verdicts(await diagnose(memoryStore(), off(120_000)))["clock"]).toBe("fail");
  expect(verdicts(await diagnose(memoryStore(), off(20_000)))["clock"]).toBe("warn");
  expect(verdicts(await diagnose(memoryStore()))["clock"]).toBe("ok");
});

test("a cluster of several shards is examined as a whole", async () => {
  await using folder = await temporaryFolder();
  await using cli = await cliHarness();
  await fill(folder.path);
  await using store = folderStore({ directory: folder.path });
  await openCluster(store, systemRandom(), { shards: 2 });
  const second = await openShardLog({ store, shard: 1, isOneOfSeveral: true });
  const topicId = randomUuid(systemRandom());
  await second.command({ kind: "create-topic", topicId, name: "t", partitions: 1, configs: new Map() });
  await second.command({ kind: "delete-topic", topicId });
  await second.close();
  const whole = await cli.streambed(["scrub", "-s", folder.path]);
  expect(whole).toMatchObject({ code: 0 });
  expect(whole.stdout).toContain("shard 0: entries to 1");
  expect(whole.stdout).toContain("shard 1: entries to 1");
  expect(whole.stdout).toContain("Complete up to entries 1 of shard 0, 1 of shard 1:");
  await store.delete(["log/1/0000000000000000"]);
  const broken = await cli.streambed(["scrub", "-s", folder.path, "--json"]);
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.stdout)).toMatchObject({
    isComplete: false,
    shards: [{ isComplete: true }, { isComplete: false }],
  });
  expect((await cli.streambed(["doctor", "-s", folder.path])).code).toBe(1);
});
