import type { Field, Message, Struct } from "./schema.ts";
import { covers, intersect, type VersionRange } from "./version-range.ts";

/** TypeScript types of the primitives on the wire. */
const PRIMITIVES: Readonly<Record<string, string>> = {
  bool: "boolean",
  int8: "number",
  int16: "number",
  uint16: "number",
  int32: "number",
  uint32: "number",
  int64: "bigint",
  float64: "number",
  string: "string",
  uuid: "string",
  bytes: "Uint8Array",
  records: "readonly Uint8Array[]",
};

/** Bytes of the fixed-size primitives. */
export const FIXED_BYTES: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
};

/** The type of a field in the decoded value, or in what the encoder takes. */
export function typeOf(field: Field, input: boolean): string {
  const element = field.isStruct ? field.type + (input ? "Input" : "") : PRIMITIVES[field.type];
  if (element === undefined) throw new Error(`Unknown type ${field.type}`);
  const whole = field.isArray ? `readonly ${element}[]` : element;
  return isNullable(field) ? `${whole} | null` : whole;
}

/** True when null is a value of the field in some version. */
export function isNullable(field: Field): boolean {
  return field.nullable !== null || field.type === "records";
}

/** True when the encoder can fill the field in by itself. */
export function isOptional(field: Field, struct: Struct): boolean {
  if (field.declaredDefault !== undefined || field.ignorable || field.tagged !== null || field.type === "records")
    return true;
  return !covers(field.plain, struct.versions);
}

/** The default as an expression. Objects and arrays come from constants, so that no decode allocates them. */
export function defaultOf(field: Field): string {
  const declared = field.declaredDefault;
  if (declared === "null") return "null";
  if (field.isArray) return "EMPTY";
  if (field.isStruct) return `DEFAULT_${constantCase(field.type)}`;
  if (field.type === "records") return field.nullable === null ? "EMPTY" : "null";
  if (field.type === "bytes") return "EMPTY_BYTES";
  if (field.type === "string") return JSON.stringify(declared ?? "");
  if (field.type === "uuid") return "ZERO_UUID";
  if (field.type === "bool") return declared ?? "false";
  const number = declared ?? "0";
  return field.type === "int64" ? `${BigInt(number)}n` : String(Number(number));
}

/** `fetchRequestTopic` style to `FETCH_REQUEST_TOPIC`. */
export function constantCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}

/** `AlterClientQuotas` to `alter-client-quotas`. */
export function kebabCase(name: string): string {
  return constantCase(name).toLowerCase().replaceAll("_", "-");
}

/** Fewest bytes one value of a struct can take, over all versions. Bounds an array before it is allocated. */
export function minimumBytes(message: Message, struct: Struct): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (let version = struct.versions.from; version <= struct.versions.to; version++) {
    fewest = Math.min(fewest, minimumBytesAt(message, struct, version));
  }
  if (fewest < 1) throw new Error(`${struct.name} can be empty, so its arrays would have no bound`);
  return fewest;
}

function minimumBytesAt(message: Message, struct: Struct, version: number): number {
  const at: VersionRange = { from: version, to: version };
  const flexible = intersect(message.flexible, at) !== null;
  let bytes = flexible ? 1 : 0;
  for (const field of struct.fields) {
    if (intersect(field.plain, at) === null) continue;
    bytes += minimumFieldBytes(message, field, { version, flexible: flexible && !field.neverFlexible });
  }
  return bytes;
}

interface At {
  readonly version: number;
  readonly flexible: boolean;
}

function minimumFieldBytes(message: Message, field: Field, at: At): number {
  if (field.isArray || field.type === "bytes" || field.type === "records") return at.flexible ? 1 : 4;
  if (field.type === "string") return at.flexible ? 1 : 2;
  if (!field.isStruct) return FIXED_BYTES[field.type] ?? 0;
  if (field.nullable !== null) return 1;
  const struct = message.structs.find((candidate) => candidate.name === field.type);
  if (struct === undefined) throw new Error(`${field.type} is not defined`);
  return minimumBytesAt(message, struct, at.version);
}

/** A local variable for a field that clashes with nothing in the generated functions. */
export function localName(field: Field): string {
  return RESERVED.has(field.name) ? `${field.name}Field` : field.name;
}

const RESERVED: ReadonlySet<string> = new Set(
  (
    "reader writer version value flexible tag tags tagCount tagEnd count index element elements " +
    "break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if import in instanceof new null return super switch this throw true try typeof var void while with " +
    "yield let static implements interface package private protected public await arguments eval"
  ).split(" "),
);
