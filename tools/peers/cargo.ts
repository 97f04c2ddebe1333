import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installOnce } from "./cache.ts";
import { run } from "./processes.ts";

/** The oldest compiler that takes all crates below, as Rust numbers it: 1.96. */
const RUST_MINOR = 96;
const BUILD_MS_MAX = 60 * 60_000;

/** A program from the registry of Rust crates, or from a folder of ours. */
export interface Crate {
  /** Folder name inside the cache. */
  readonly name: string;
  /** What `cargo install` is told besides where to put it. */
  readonly args: readonly string[];
  /** Contents that decide the result, if `args` name only the place where they lie. */
  readonly sources?: string;
  readonly binary: string;
}

/** Compiles a crate once (minutes) and returns the path of its program. Needs cargo, cmake and a C compiler. */
export async function installCrate({ name, args, sources, binary }: Crate): Promise<string> {
  const folder = await installOnce({
    name,
    // Not where sources of ours lie: several checkouts may share a cache.
    recipe: `${sources ?? args.join("\n")}\n`,
    install: async (target) => {
      const build = join(target, "build");
      const flags = ["install", ...args, "--root", target, "--target-dir", build];
      await run("cargo", flags, { env: await toolchain(), timeoutMs: BUILD_MS_MAX });
      await run("rm", ["-rf", build]);
    },
  });
  return join(folder, "bin", binary);
}

/** Compiles a load generator of ours, which lies beside this file and is called like its folder. */
export async function installLoad(name: string): Promise<string> {
  const folder = fileURLToPath(new URL(`./${name}`, import.meta.url));
  const files = ["Cargo.toml", join("src", "main.rs")].map((file) => readFile(join(folder, file), "utf8"));
  const sources = (await Promise.all(files)).join("\n");
  return installCrate({ name, args: ["--path", folder], sources, binary: name });
}

/** The environment that makes cargo use a compiler that is new enough. */
async function toolchain(): Promise<Record<string, string>> {
  const { stdout } = await run("rustc", ["--version"]);
  const minor = /^rustc 1\.(\d+)/.exec(stdout.toString("utf8"))?.[1];
  if (minor !== undefined && Number(minor) >= RUST_MINOR) return {};
  const wanted = `1.${RUST_MINOR}.0`;
  await run("rustup", ["toolchain", "install", wanted, "--profile", "minimal", "--no-self-update"]);
  return { RUSTUP_TOOLCHAIN: wanted };
}
