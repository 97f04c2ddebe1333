import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = new URL("../../", import.meta.url);

/**
 * Bundles an app's main file into `apps/<app>/bundle/main.js`, so that it starts without reading and stripping hundreds
 * of TypeScript files. Lazily imported parts (the S3 client) stay in files of their own. Returns the main file's path.
 */
export async function bundleApp(app: string): Promise<string> {
  const folder = new URL(`apps/${app}/`, ROOT);
  await build({
    entryPoints: [fileURLToPath(new URL("src/main.ts", folder))],
    outdir: fileURLToPath(new URL("bundle/", folder)),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    conditions: ["@streambed/source"],
    minifySyntax: true,
    logLevel: "warning",
    // CommonJS parts of dependencies call require(), which modules do not have.
    banner: {
      js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);',
    },
  });
  return fileURLToPath(new URL("bundle/main.js", folder));
}
