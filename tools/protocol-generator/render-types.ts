import { constantCase, defaultOf, isOptional, typeOf } from "./field-types.ts";
import type { Field, Struct } from "./schema.ts";
import { covers, hull, type VersionRange } from "./version-range.ts";

/** The two interfaces of a struct: what decode returns and what encode takes. */
export function renderTypes(struct: Struct): string {
  const plain = struct.fields.map(
    (field) => `${note(field, struct)}  readonly ${field.name}: ${typeOf(field, false)};`,
  );
  const input = struct.fields.map((field) =>
    isOptional(field, struct)
      ? `  readonly ${field.name}?: ${typeOf(field, true)} | undefined;`
      : `  readonly ${field.name}: ${typeOf(field, true)};`,
  );
  return [renderInterface(struct.name, plain), renderInterface(`${struct.name}Input`, input)].join("\n\n");
}

/** The shared default value of a struct, which decoders hand out instead of allocating one. */
export function renderDefault(struct: Struct): string {
  const fields = struct.fields.map((field) => `  ${field.name}: ${defaultOf(field)},`);
  return [`const DEFAULT_${constantCase(struct.name)}: ${struct.name} = {`, ...fields, "};"].join("\n");
}

function renderInterface(name: string, lines: readonly string[]): string {
  if (lines.length === 0) return `export type ${name} = Readonly<Record<never, never>>;`;
  return [`export interface ${name} {`, ...lines, "}"].join("\n");
}

/** Says in which versions a field exists when that is not all of them. */
function note(field: Field, struct: Struct): string {
  const range = existsIn(field);
  if (range === null || covers(range, struct.versions)) return "";
  return `  /** ${versionText(range, struct.versions)}${field.ignorable ? ", left out elsewhere" : ""}. */\n`;
}

function versionText(range: VersionRange, outer: VersionRange): string {
  if (range.to >= outer.to) return `From version ${range.from}`;
  if (range.from <= outer.from) return `Up to version ${range.to}`;
  return `Versions ${range.from} to ${range.to}`;
}

function existsIn(field: Field): VersionRange | null {
  if (field.plain === null) return field.tagged;
  return field.tagged === null ? field.plain : hull(field.plain, field.tagged);
}
