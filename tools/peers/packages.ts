import { run } from "./processes.ts";

/** Makes sure that a command or header of a system package is there, through the system's own package manager. */
export async function ensureSystemPackage(name: string, isThere: () => Promise<boolean>): Promise<void> {
  if (await isThere()) return;
  if (process.getuid?.() !== 0) throw new Error(`${name} is missing; install it with: sudo apt-get install ${name}`);
  const quiet = { env: { DEBIAN_FRONTEND: "noninteractive" } };
  // A fresh machine has no package lists; an old list may name versions that are gone.
  await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", name], quiet).catch(async () => {
    await run("apt-get", ["update", "-q"], quiet);
    await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", name], quiet);
  });
}

/** Whether a command can be started. */
export function commandWorks(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}
