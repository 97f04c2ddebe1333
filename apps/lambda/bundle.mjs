import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// npm run bundle: one file with everything in it, to be zipped or given to SAM.
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
await build({
  entryPoints: [here("src/main.ts")],
  outfile: here("dist/bundle/index.mjs"),
  bundle: true,
  minify: true,
  sourcemap: true,
  legalComments: "none",
  platform: "node",
  target: "node22",
  format: "esm",
  mainFields: ["module", "main"],
  conditions: ["@streambed/source", "module", "import", "node"],
  // Parts of the S3 client are CommonJS and ask for Node's own modules with require.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
