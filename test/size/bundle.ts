import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ROOT } from "../../tools/diagram/workspace.ts";

/** A bundle as a user's own bundler would make it. */
export interface Bundle {
  readonly text: string;
  readonly gzipBytes: number;
}

/** Bundles and minifies a module given as text. What a runtime brings along (`cloudflare:workers`) stays outside. */
export async function bundle(source: string, options: { readonly node?: boolean } = {}): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2024",
    legalComments: "none",
    platform: options.node === true ? "node" : "neutral",
    mainFields: ["module", "main"],
    conditions: ["@streambed/source", "import", ...(options.node === true ? ["node"] : ["worker"])],
    external: ["cloudflare:*"],
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return { text: file.text, gzipBytes: gzipSync(file.contents, { level: 9 }).length };
}
