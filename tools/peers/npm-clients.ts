import { access, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { installOnce } from "./cache.ts";
import { ensureSystemPackage } from "./packages.ts";
import { run } from "./processes.ts";

const RDKAFKA_ADDON = "@confluentinc/kafka-javascript";

/** Node's headers, from the same npm family that the pinned Node itself comes from. */
const HEADERS = `node-${process.platform}-${process.arch}`;

const MANIFEST = {
  name: "streambed-peers",
  private: true,
  type: "module",
  dependencies: {
    [RDKAFKA_ADDON]: "1.10.1",
    "@platformatic/kafka": "2.12.1",
    kafkajs: "2.2.4",
    // kafkajs brings gzip only; these are what its users add. zstd is part of Node.
    "lz4-napi": "2.10.0",
    "kafkajs-snappy": "1.1.0",
    [HEADERS]: process.versions.node,
  },
} as const;

/**
 * Installs the JavaScript clients apart from the repository's own dependencies and returns a `require` that finds them.
 *
 * The librdkafka addon is compiled from the sources in its package against the headers of the running Node, because its
 * prebuilt binary is not on npm. Dynamic linking makes it use the system's OpenSSL, zlib and zstd instead of fetching
 * and building them.
 */
export async function installNpmClients(): Promise<NodeJS.Require> {
  const manifest = JSON.stringify(MANIFEST, null, 2);
  const folder = await installOnce({
    name: "npm",
    recipe: manifest,
    install: async (target) => {
      await writeFile(join(target, "package.json"), manifest);
      await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
        cwd: target,
        env: npmEnvironment(target),
      });
      await ensureSystemPackage("libzstd-dev", () => exists("/usr/include/zstd.h"));
      await ensureSystemPackage("libssl-dev", () => exists("/usr/include/openssl/ssl.h"));
      await run("npm", ["rebuild", RDKAFKA_ADDON], { cwd: target, env: npmEnvironment(target), timeoutMs: 1_200_000 });
    },
  });
  return createRequire(join(folder, "package.json"));
}

function npmEnvironment(folder: string): Record<string, string> {
  return {
    // npm and node-gyp must run under this Node, not under the machine's.
    PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
    CKJS_LINKING: "dynamic",
    npm_config_nodedir: join(folder, "node_modules", HEADERS),
    npm_config_build_from_source: "true",
  };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
