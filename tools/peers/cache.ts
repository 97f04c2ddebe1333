import { createHash } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

/** The repository's root, wherever the process was started. */
export const repositoryRoot: string = fileURLToPath(new URL("../../", import.meta.url));

/** Where peers live. Git-ignored; deleting it costs only the time to install again. */
export const peersFolder: string = join(repositoryRoot, ".cache", "peers");

/** How long one installation may hold the lock before another process concludes that its holder died. */
const LOCK_STALE_MS = 60 * 60_000;

export interface Installation {
  /** Folder name inside the cache. */
  readonly name: string;
  /** Everything that decides the result: versions, manifests, sources. A change installs anew. */
  readonly recipe: string;
  readonly install: (folder: string) => Promise<void>;
}

/**
 * Installs a peer once and returns its folder.
 *
 * The stamp is written last, so an interrupted installation is repeated from an empty folder. A lock folder keeps two
 * processes (an interop run and a store test, say) from building the same thing at the same time.
 */
export async function installOnce({ name, recipe, install }: Installation): Promise<string> {
  const folder = join(peersFolder, name);
  const stamp = join(folder, ".installed");
  const fingerprint = createHash("sha256").update(recipe).digest("hex");
  if ((await readIfThere(stamp)) === fingerprint) return folder;
  await mkdir(peersFolder, { recursive: true });
  const release = await acquireLock(`${folder}.lock`);
  try {
    if ((await readIfThere(stamp)) === fingerprint) return folder;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    console.error(`peers: installing ${name} (once; later runs find it in .cache/peers)`);
    await install(folder);
    await writeFile(stamp, fingerprint);
    return folder;
  } finally {
    await release();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

async function acquireLock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await mkdir(path);
      return () => rm(path, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > LOCK_STALE_MS) await rm(path, { recursive: true, force: true });
    await sleep(500);
  }
}
