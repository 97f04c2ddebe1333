import { parseArgs } from "node:util";

/** One option of a harness. A number as default makes it a number, null a text that may be missing. */
export interface OptionSpec {
  readonly default: number | string | null;
  readonly help: string;
}

type Values<Specs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { readonly default: number }
    ? number
    : Specs[Name] extends { readonly default: string }
      ? string
      : string | undefined;
};

/** Reads a harness's command line; `--help` prints what there is and ends the process. */
export function readOptions<const Specs extends Readonly<Record<string, OptionSpec>>>(
  about: string,
  specs: Specs,
): Values<Specs> {
  const names = Object.keys(specs);
  const strings = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const parsed = parseArgs({ options: { ...strings, help: { type: "boolean" } } });
  const values: Readonly<Record<string, unknown>> = parsed.values;
  if (values["help"] === true) {
    const lines = names.map((name) => {
      const { default: preset, help } = specs[name] as OptionSpec;
      return `  --${name.padEnd(22)} ${help}${preset === null ? "" : ` (default ${preset})`}`;
    });
    console.log(`${about}\n\n${lines.join("\n")}`);
    process.exit(0);
  }
  const read = names.map((name) => [name, valueOf(name, values[name], (specs[name] as OptionSpec).default)]);
  // The names and types are those of the specs, one by one.
  return Object.fromEntries(read) as Values<Specs>;
}

function valueOf(name: string, given: unknown, preset: OptionSpec["default"]): number | string | undefined {
  if (typeof given !== "string") return preset ?? undefined;
  if (typeof preset !== "number") return given;
  const value = Number(given);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} takes a number, not "${given}"`);
  return value;
}
