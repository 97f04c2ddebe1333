import { expect, test } from "vitest";
import { systemError } from "./folder.fixture.ts";
import { hasOrderedJournal, type FolderFacts } from "./ordered-journal.ts";

const EXT = 0xef53;
const XFS = 0x58465342;
const TMPFS = 0x01021994;
const NFS = 0x6969;
const OVERLAY = 0x794c7630;
/** Major 259, minor 300: both have high bits. */
const DEVICE = (44n & 0xffn) | (259n << 8n) | (0x100n << 12n);

/** A machine with one folder on it. */
function machine(type: number, journals?: readonly string[]): FolderFacts {
  const links = new Map([["/sys/dev/block/259:300", "../../devices/pci/nvme0/nvme0n1/nvme0n1p1"]]);
  const facts = {
    statfs: async () => ({ type }),
    stat: async () => ({ dev: DEVICE }),
    readlink: async (path: string) => links.get(path) ?? Promise.reject(systemError("ENOENT")),
    readdir: async () => journals ?? Promise.reject(systemError("ENOENT")),
  };
  // Only what is asked of them is there.
  return facts as unknown as FolderFacts;
}

test.each([
  ["XFS", machine(XFS), true],
  ["ext4 with its journal inside", machine(EXT, ["sda1-8", "nvme0n1p1-8"]), true],
  ["ext4 without a journal, or ext2", machine(EXT, []), false],
  ["ext4 beside another one that has a journal", machine(EXT, ["nvme0n1p12-8", "nvme0n1-8"]), false],
  ["ext4 with its journal on another disk", machine(EXT, ["nvme0n1p1"]), false],
  ["ext4 where the kernel does not list journals", machine(EXT), false],
  ["memory", machine(TMPFS, ["nvme0n1p1-8"]), false],
  ["a network", machine(NFS, ["nvme0n1p1-8"]), false],
  ["layers of a container", machine(OVERLAY, ["nvme0n1p1-8"]), false],
])("%s: the order of changes is kept, or it is not", async (_, facts, kept) => {
  expect(await hasOrderedJournal(facts, "/data")).toBe(kept);
});

test("a folder that is gone is nothing to rely on", async () => {
  const facts = { ...machine(XFS), statfs: () => Promise.reject(systemError("ENOENT")) };
  expect(await hasOrderedJournal(facts, "/data")).toBe(false);
});
