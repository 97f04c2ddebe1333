import { covers, hull, intersect, parseRange, type VersionRange } from "./version-range.ts";

/** A field as it stands in a message definition. */
interface FieldJson {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly flexibleVersions?: string;
  readonly tag?: number;
  readonly default?: string | number | boolean | null;
  readonly ignorable?: boolean | string;
  readonly fields?: readonly FieldJson[];
}

interface StructJson {
  readonly name: string;
  readonly fields: readonly FieldJson[];
}

/** A message definition file. */
interface MessageJson extends StructJson {
  readonly type: string;
  readonly apiKey?: number;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly commonStructs?: readonly StructJson[];
}

/** A field, resolved: ranges are cut to the versions in which its struct can occur. */
export interface Field {
  /** Property name. */
  readonly name: string;
  /** Element type for arrays, else the type: a primitive name or a struct name of this message. */
  readonly type: string;
  readonly isArray: boolean;
  readonly isStruct: boolean;
  /** Written in place in these versions. */
  readonly plain: VersionRange | null;
  /** Written as a tagged field in these versions. */
  readonly tagged: VersionRange | null;
  readonly tag: number;
  readonly nullable: VersionRange | null;
  readonly ignorable: boolean;
  /** The declared default as text; undefined when the definition names none. */
  readonly declaredDefault: string | undefined;
  /** True when the field keeps the old length prefixes in flexible versions. */
  readonly neverFlexible: boolean;
}

/** A struct with the hull of the versions it can occur in. */
export interface Struct {
  /** Full TypeScript name. */
  readonly name: string;
  readonly versions: VersionRange;
  readonly fields: readonly Field[];
}

/** A message, ready for rendering. The first struct is the message itself. */
export interface Message {
  readonly name: string;
  readonly apiKey: number | undefined;
  readonly versions: VersionRange;
  readonly flexible: VersionRange | null;
  /** Own structs, leaves first; the message itself is last. */
  readonly structs: readonly Struct[];
}

/** Parses a definition: JSON with line comments. */
export function parseMessage(text: string): Message {
  const json = parseJsonWithComments(text) as MessageJson;
  const versions = parseRange(json.validVersions);
  if (versions === null) throw new Error(`${json.name} has no valid version`);
  const flexible = intersect(parseRange(json.flexibleVersions ?? "none"), versions);
  return {
    name: json.name,
    apiKey: json.apiKey,
    versions,
    flexible,
    structs: resolveStructs(json, versions),
  };
}

/** Removes `//` comments that are not inside a string, then parses. */
export function parseJsonWithComments(text: string): unknown {
  return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_, literal: string | undefined) => literal ?? ""));
}

function resolveStructs(json: MessageJson, versions: VersionRange): readonly Struct[] {
  const bodies = new Map<string, readonly FieldJson[]>();
  for (const struct of json.commonStructs ?? []) bodies.set(struct.name, struct.fields);
  collectInline(json.fields, bodies);
  const occurrences = new Map<string, VersionRange>();
  occur(json.fields, versions, { bodies, occurrences });
  const structs: Struct[] = [];
  const rename = (name: string): string => json.name + name;
  const add = (name: string, fields: readonly FieldJson[], range: VersionRange): void => {
    const fullName = name === "" ? json.name : rename(name);
    if (structs.some((struct) => struct.name === fullName)) return;
    const resolved: Field[] = [];
    for (const field of fields) {
      const next = resolveField(field, range, rename);
      if (next.plain === null && next.tagged === null) continue;
      const type = elementType(field.type);
      const body = bodies.get(type);
      const occurrence = occurrences.get(type);
      if (body !== undefined && occurrence !== undefined) add(type, body, occurrence);
      resolved.push(next);
    }
    structs.push({ name: fullName, versions: range, fields: resolved });
  };
  add("", json.fields, versions);
  return structs;
}

function collectInline(fields: readonly FieldJson[], bodies: Map<string, readonly FieldJson[]>): void {
  for (const field of fields) {
    if (field.fields === undefined) continue;
    bodies.set(elementType(field.type), field.fields);
    collectInline(field.fields, bodies);
  }
}

interface Occurrences {
  readonly bodies: ReadonlyMap<string, readonly FieldJson[]>;
  readonly occurrences: Map<string, VersionRange>;
}

/** Finds for each struct the versions in which something refers to it. */
function occur(fields: readonly FieldJson[], outer: VersionRange, found: Occurrences): void {
  for (const field of fields) {
    const range = intersect(fieldVersions(field), outer);
    const type = elementType(field.type);
    const body = found.bodies.get(type);
    if (range === null || body === undefined) continue;
    const known = found.occurrences.get(type) ?? null;
    if (known !== null && covers(known, range)) continue;
    const next = hull(known, range);
    found.occurrences.set(type, next);
    occur(body, next, found);
  }
}

function resolveField(json: FieldJson, outer: VersionRange, rename: (name: string) => string): Field {
  const tagged = intersect(parseRange(json.taggedVersions ?? "none"), outer);
  const all = intersect(fieldVersions(json), outer);
  const type = elementType(json.type);
  const isStruct = /^[A-Z]/.test(type);
  return {
    name: json.name.charAt(0).toLowerCase() + json.name.slice(1),
    type: isStruct ? rename(type) : type,
    isArray: json.type.startsWith("[]"),
    isStruct,
    plain: withoutTagged(json.name, all, tagged),
    tagged,
    tag: json.tag ?? -1,
    nullable: intersect(parseRange(json.nullableVersions ?? "none"), all),
    ignorable: String(json.ignorable ?? false) === "true",
    // Kafka's generator takes a bare null for "the usual default", unlike the text "null".
    declaredDefault: json.default === undefined ? undefined : String(json.default ?? ""),
    neverFlexible: json.flexibleVersions === "none",
  };
}

/** The versions in which a field is written in place: those before it became a tagged one. */
function withoutTagged(name: string, all: VersionRange | null, tagged: VersionRange | null): VersionRange | null {
  if (all === null || tagged === null) return all;
  if (tagged.to !== all.to) throw new Error(`${name} stops being tagged, which no definition does`);
  return tagged.from <= all.from ? null : { from: all.from, to: tagged.from - 1 };
}

/** A tagged field may leave its versions out; then it exists where it is tagged. */
function fieldVersions(json: FieldJson): VersionRange | null {
  return parseRange(json.versions ?? json.taggedVersions ?? "none");
}

function elementType(type: string): string {
  return type.startsWith("[]") ? type.slice(2) : type;
}
