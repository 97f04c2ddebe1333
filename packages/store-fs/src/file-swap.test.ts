import * as fs from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, systemClock } from "@streambed/kernel";
import { describe, expect, test } from "vitest";
import type { FileIo } from "./file-io.ts";
import { FileSwap } from "./file-swap.ts";
import { leftovers, temporaryFolder } from "./folder.fixture.ts";
import { TempFiles, type TempFile } from "./temp-files.ts";

/** One of several processes on a folder. */
function processOn(root: string, seed: number, io: FileIo = fs) {
  const tempDirectory = join(root, ".streambed/tmp");
  const ticketDirectory = join(root, ".streambed/swaps");
  const temps = new TempFiles({ io, directory: tempDirectory, clock: systemClock(), random: seededRandom(seed) });
  const swap = new FileSwap({ io, temps, root, tempDirectory, ticketDirectory });
  return { swap, write: (text: string): Promise<TempFile> => temps.write([new TextEncoder().encode(text)]) };
}

/** A file with its first version, and where it is. */
async function start(root: string): Promise<{ readonly path: string; readonly etag: string }> {
  for (const directory of ["tmp", "swaps"]) await fs.mkdir(join(root, ".streambed", directory), { recursive: true });
  const { path: temp, version } = await processOn(root, 0).write("first");
  const path = join(root, "pointer");
  await fs.rename(temp, path);
  return { path, etag: version.etag };
}

/** A file system that stops before one of its calls until it is let go. */
function pausedAt(step: "rename" | "stat"): { readonly io: FileIo; readonly reached: Promise<void>; go(): void } {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const real = fs[step] as (...given: unknown[]) => Promise<unknown>;
  const paused = async (...given: unknown[]): Promise<unknown> => {
    reached.resolve();
    await gate.promise;
    return real(...given);
  };
  return { io: { ...fs, [step]: paused }, reached: reached.promise, go: gate.resolve };
}

/** Makes all swaps under way look old. */
async function ageTickets(root: string): Promise<void> {
  const tickets = join(root, ".streambed/swaps");
  for (const name of await fs.readdir(tickets)) await fs.lutimes(join(tickets, name), 0, 0);
}

describe("FileSwap", () => {
  test.each(["rename", "stat"] as const)(
    "a swap that stopped before its %s is finished by the next process",
    async (step) => {
      await using folder = await temporaryFolder();
      const { path, etag } = await start(folder.path);
      const slow = pausedAt(step);
      const [one, two] = [processOn(folder.path, 1, slow.io), processOn(folder.path, 2)];
      const first = await one.write("second");
      const stopped = one.swap.replace({ path, etag, temp: first });
      await slow.reached;
      await ageTickets(folder.path);
      expect(await two.swap.replace({ path, etag, temp: await two.write("lost") })).toBe(false);
      expect(await fs.readFile(path, "utf8")).toBe("second");
      slow.go();
      expect(await stopped).toBe(true);
      expect(await fs.readFile(path, "utf8")).toBe("second");
    },
  );

  test("a swap that another process has just begun is left to it", async () => {
    await using folder = await temporaryFolder();
    const { path, etag } = await start(folder.path);
    const slow = pausedAt("rename");
    const [one, two] = [processOn(folder.path, 1, slow.io), processOn(folder.path, 2)];
    const begun = one.swap.replace({ path, etag, temp: await one.write("second") });
    await slow.reached;
    const temp = await two.write("third");
    await expect(two.swap.replace({ path, etag, temp })).rejects.toMatchObject({ code: "STORE_BUSY", retriable: true });
    slow.go();
    expect(await begun).toBe(true);
    expect(await two.swap.replace({ path, etag, temp })).toBe(false);
  });

  test("a swap that stood still while others went on neither undoes theirs nor claims to know its own end", async () => {
    await using folder = await temporaryFolder();
    const { path, etag } = await start(folder.path);
    const slow = pausedAt("rename");
    const [one, two] = [processOn(folder.path, 1, slow.io), processOn(folder.path, 2)];
    const second = await one.write("second");
    const stopped = one.swap.replace({ path, etag, temp: second });
    await slow.reached;
    await ageTickets(folder.path);
    await two.swap.replace({ path, etag, temp: await two.write("lost") });
    expect(await two.swap.replace({ path, etag: second.version.etag, temp: await two.write("third") })).toBe(true);
    slow.go();
    await expect(stopped).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retriable: true });
    expect(await fs.readFile(path, "utf8")).toBe("third");
  });

  test("a swap that finds another version gives its ticket back", async () => {
    await using folder = await temporaryFolder();
    const { path, etag } = await start(folder.path);
    const one = processOn(folder.path, 1);
    const second = await one.write("second");
    expect(await one.swap.replace({ path, etag, temp: second })).toBe(true);
    const third = await one.write("third");
    expect(await one.swap.replace({ path, etag, temp: third })).toBe(false);
    expect(await one.swap.replace({ path, etag: second.version.etag, temp: third })).toBe(true);
    for (const { path: temp } of [second, third]) await fs.unlink(temp);
    expect(await leftovers(folder.path)).toEqual([]);
  });

  test("a ticket whose content is lost says so, until the next start removes it", async () => {
    await using folder = await temporaryFolder();
    const { path, etag } = await start(folder.path);
    const slow = pausedAt("rename");
    const [one, two] = [processOn(folder.path, 1, slow.io), processOn(folder.path, 2)];
    const lost = one.swap.replace({ path, etag, temp: await one.write("lost") });
    await slow.reached;
    await ageTickets(folder.path);
    const temps = join(folder.path, ".streambed/tmp");
    for (const name of await fs.readdir(temps)) await fs.unlink(join(temps, name));
    const temp = await two.write("second");
    await expect(two.swap.replace({ path, etag, temp })).rejects.toMatchObject({ code: "STORE_BUSY" });
    await two.swap.sweep();
    expect(await two.swap.replace({ path, etag, temp })).toBe(true);
    slow.go();
    await expect(lost).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await fs.readFile(path, "utf8")).toBe("second");
  });
});
