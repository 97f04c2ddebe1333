import { defaultOf, localName, minimumBytes, typeOf } from "./field-types.ts";
import type { Field, Message, Struct } from "./schema.ts";
import { condition, intersect, type VersionRange } from "./version-range.ts";

const READERS: Readonly<Record<string, string>> = {
  bool: "reader.boolean()",
  int8: "reader.int8()",
  int16: "reader.int16()",
  uint16: "reader.uint16()",
  int32: "reader.int32()",
  uint32: "reader.uint32()",
  int64: "reader.int64()",
  float64: "reader.float64()",
  uuid: "reader.uuid()",
};

/** How a message decides between old and compact lengths. */
export function flexibleOf(message: Message, struct: Struct): string {
  return condition(message.flexible, struct.versions);
}

/** The decode function of a struct; exported when the struct is the message itself. */
export function renderDecode(message: Message, struct: Struct): string {
  const isRoot = struct.name === message.name;
  const flexible = flexibleOf(message, struct);
  const lines: string[] = [];
  if (isRoot)
    lines.push(`  checkVersion("${message.name}", version, ${message.versions.from}, ${message.versions.to});`);
  const needsName = flexible !== "true" && flexible !== "false";
  const flexibleName = needsName ? "flexible" : flexible;
  const context: Context = { message, struct, flexible: flexibleName };
  for (const field of struct.fields)
    if (field.plain !== null || field.tagged !== null) lines.push(renderField(field, context));
  lines.push(...renderTags(context));
  lines.push(
    `  return {${struct.fields.map((field) => ` ${property(field)}`).join(",")}${struct.fields.length > 0 ? " " : ""}};`,
  );
  const body = lines.join("\n");
  if (needsName && body.includes("flexible")) {
    const at = isRoot ? body.indexOf("\n") + 1 : 0;
    return wrap(struct, isRoot, `${body.slice(0, at)}  const flexible = ${flexible};\n${body.slice(at)}`);
  }
  return wrap(struct, isRoot, body);
}

interface Context {
  readonly message: Message;
  readonly struct: Struct;
  readonly flexible: string;
}

function wrap(struct: Struct, isRoot: boolean, body: string): string {
  const usesVersion = /\bversion\b/.test(body);
  const parameters = `reader: ByteReader, ${usesVersion ? "version" : "_version"}: number`;
  return `${isRoot ? "export " : ""}function decode${struct.name}(${parameters}): ${struct.name} {\n${body}\n}`;
}

function property(field: Field): string {
  const local = localName(field);
  return local === field.name ? local : `${field.name}: ${local}`;
}

function renderField(field: Field, context: Context): string {
  const keyword = field.tagged === null ? "const" : "let";
  const name = localName(field);
  const type = typeOf(field, false);
  if (field.plain === null) return `  ${keyword} ${name}: ${type} = ${defaultOf(field)};`;
  const when = condition(field.plain, context.struct.versions);
  const read = readExpression(field, context, field.plain);
  const value = when === "true" ? read : `${when} ? ${parenthesize(read)} : ${defaultOf(field)}`;
  const annotation = keyword === "let" || when !== "true" ? `: ${type}` : "";
  return `  ${keyword} ${name}${annotation} = ${value};`;
}

function parenthesize(text: string): string {
  return text.includes(" ? ") ? `(${text})` : text;
}

/** An expression that reads the field in place, in the versions given. */
function readExpression(field: Field, context: Context, versions: VersionRange): string {
  const nullWhen = condition(field.nullable, versions);
  if (nullWhen === "true") return readAs(field, context, true);
  if (nullWhen === "false") return readAs(field, context, false);
  return `${nullWhen} ? ${readAs(field, context, true)} : ${readAs(field, context, false)}`;
}

function readAs(field: Field, context: Context, nullable: boolean): string {
  const flexible = field.neverFlexible ? "false" : context.flexible;
  const prefix = nullable ? "readNullable" : "read";
  if (field.isStruct && field.isArray) return `${prefix}${field.type}Array(reader, version)`;
  if (field.isStruct) {
    const read = `decode${field.type}(reader, version)`;
    return nullable ? `isPresent(reader) ? ${read} : null` : read;
  }
  if (field.isArray) return `${prefix}${capital(field.type)}Array(reader, ${flexible})`;
  const fixed = READERS[field.type];
  return fixed ?? `${prefix}${capital(field.type)}(reader, ${flexible})`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Reads the tagged fields: known ones by number, others skipped by their size. */
function renderTags(context: Context): readonly string[] {
  const { struct, flexible, message } = context;
  if (flexible === "false") return [];
  const guard = flexible === "true" ? "" : `if (${flexible}) `;
  const tagged = struct.fields.filter((field) => field.tagged !== null).sort((left, right) => left.tag - right.tag);
  if (tagged.length === 0) return [`  ${guard}skipTags(reader);`];
  const branches = tagged.map((field) => {
    const range = intersect(message.flexible, struct.versions) ?? struct.versions;
    const when = condition(field.tagged, range);
    const test = when === "true" ? `tag === ${field.tag}` : `tag === ${field.tag} && ${when}`;
    return `if (${test}) ${localName(field)} = ${readExpression(field, context, field.tagged ?? range)};`;
  });
  return [
    `  ${guard}for (let tags = readTagCount(reader); tags > 0; tags--) {`,
    "    const tag = reader.unsignedVarint();",
    "    const tagEnd = readTagEnd(reader);",
    `    ${branches.join("\n    else ")}`,
    "    else reader.position = tagEnd;",
    "    checkTagEnd(reader, tagEnd, tag);",
    "  }",
  ];
}

/** The functions that read arrays of a struct, as far as the message has such fields. */
export function renderArrayReaders(message: Message, struct: Struct): readonly string[] {
  const uses = message.structs.flatMap((owner) =>
    owner.fields.filter((field) => field.isArray && field.type === struct.name).map((field) => ({ field, owner })),
  );
  if (uses.length === 0) return [];
  const flexible = flexibleOf(message, struct);
  const minimum = minimumBytes(message, struct);
  const everPlain = uses.some(({ field }) => condition(field.nullable, whole(field)) !== "true");
  const everNull = uses.some(({ field }) => field.nullable !== null);
  const name = struct.name;
  const loop = [
    `  const elements: ${name}[] = [];`,
    `  for (let index = 0; index < count; index++) elements.push(decode${name}(reader, version));`,
    "  return elements;",
    "}",
  ];
  const rendered: string[] = [];
  if (everPlain) {
    rendered.push(
      [
        `function read${name}Array(reader: ByteReader, version: number): readonly ${name}[] {`,
        `  const count = readCount(reader, ${flexible}, ${minimum});`,
        ...loop,
      ].join("\n"),
    );
  }
  if (everNull) {
    rendered.push(
      [
        `function readNullable${name}Array(reader: ByteReader, version: number): readonly ${name}[] | null {`,
        `  const count = readNullableCount(reader, ${flexible}, ${minimum});`,
        "  if (count < 0) return null;",
        ...loop,
      ].join("\n"),
    );
  }
  return rendered;
}

function whole(field: Field): VersionRange {
  const range = field.plain ?? field.tagged;
  if (range === null) throw new Error(`${field.name} exists in no version`);
  return range;
}
