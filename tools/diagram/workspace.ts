import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Where the repository is. */
export const ROOT: string = resolve(import.meta.dirname, "../..");

/** A package or app of the workspace, as its manifest describes it. */
export interface Workspace {
  /** `@streambed/log-storage` */
  readonly name: string;
  /** `log-storage` */
  readonly shortName: string;
  /** Folder, relative to the root. */
  readonly folder: string;
  readonly layer: number;
  /** Packages of this workspace among the dependencies, by their full names. */
  readonly uses: readonly string[];
  /** Everything that may be imported: dependencies, peers and the package itself. */
  readonly declared: ReadonlySet<string>;
  /** Dependencies of tests. */
  readonly declaredForTests: ReadonlySet<string>;
  /** Entry points: subpath to source file, e.g. `.` to `./src/index.ts`. */
  readonly entries: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly name: string;
  readonly nx?: { readonly tags?: readonly string[] };
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Reads every manifest, lowest layer first, then by name. */
export function readWorkspaces(): readonly Workspace[] {
  return globSync("{packages,apps}/*/package.json", { cwd: ROOT })
    .map((path) => workspaceOf(dirname(path), readManifest(path)))
    .toSorted((a, b) => a.layer - b.layer || a.name.localeCompare(b.name));
}

/** Names in the root's devDependencies: the tool chain, which tests may use. */
export function rootDevDependencies(): ReadonlySet<string> {
  return new Set(Object.keys(readManifest("package.json").devDependencies ?? {}));
}

function readManifest(path: string): Manifest {
  // Our own manifests; npm has already refused malformed ones.
  return JSON.parse(readFileSync(join(ROOT, path), "utf8")) as Manifest;
}

function workspaceOf(folder: string, manifest: Manifest): Workspace {
  const { name, dependencies = {}, peerDependencies = {}, devDependencies = {}, exports = {} } = manifest;
  const declared = new Set([name, ...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  return {
    name,
    shortName: name.replace("@streambed/", ""),
    folder,
    layer: layerOf(name, manifest.nx?.tags ?? []),
    uses: Object.keys(dependencies).filter((dependency) => dependency.startsWith("@streambed/")),
    declared,
    declaredForTests: new Set([...declared, ...Object.keys(devDependencies)]),
    entries: new Map(
      Object.entries(exports).flatMap(([subpath, conditions]) => {
        const source = conditions["@streambed/source"];
        return source === undefined ? [] : [[subpath, source] as const];
      }),
    ),
  };
}

function layerOf(name: string, tags: readonly string[]): number {
  const layers = tags.filter((tag) => /^layer:\d+$/.test(tag));
  const [layer] = layers;
  if (layer === undefined || layers.length > 1)
    throw new Error(`${name}: package.json needs exactly one nx tag "layer:N"`);
  return Number(layer.slice("layer:".length));
}
