import * as nodeModule from "node:module";

const SOURCE = "@streambed/source";

/**
 * Starts a program of this package. An installed package runs its build; in a checkout the TypeScript source runs, so
 * that no build is needed and none can be out of date.
 *
 * @param {string} name path of the program below src/ or dist/, without ending
 */
export async function launch(name) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    process.stderr.write(
      `Node 22.18 or newer is needed, this is ${process.versions.node}: use npx, or install a newer Node.\n`,
    );
    process.exitCode = 1;
    return;
  }
  nodeModule.enableCompileCache?.();
  if (import.meta.url.includes("/node_modules/")) {
    await import(`../dist/${name}.js`);
    return;
  }
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, conditions: [...context.conditions, SOURCE] }),
  });
  await import(`../src/${name}.ts`);
}
