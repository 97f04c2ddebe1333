import { defaultOf, isNullable, isOptional, localName } from "./field-types.ts";
import { flexibleOf } from "./render-decode.ts";
import type { Field, Message, Struct } from "./schema.ts";
import { condition, hull, intersect, negation, type VersionRange } from "./version-range.ts";

const WRITERS: Readonly<Record<string, string>> = {
  bool: "boolean",
  int8: "int8",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  int64: "int64",
  float64: "float64",
  uuid: "uuid",
};

interface Context {
  readonly message: Message;
  readonly struct: Struct;
  readonly flexible: string;
}

/** The encode function of a struct; exported when the struct is the message itself. */
export function renderEncode(message: Message, struct: Struct): string {
  const isRoot = struct.name === message.name;
  const flexible = flexibleOf(message, struct);
  const needsName = flexible !== "true" && flexible !== "false";
  const context: Context = { message, struct, flexible: needsName ? "flexible" : flexible };
  const lines: string[] = [];
  for (const field of struct.fields) lines.push(...renderField(field, context));
  lines.push(...renderTags(context));
  const head: string[] = [];
  if (isRoot)
    head.push(`  checkVersion("${message.name}", version, ${message.versions.from}, ${message.versions.to});`);
  const text = lines.join("\n");
  if (needsName && text.includes("flexible")) head.push(`  const flexible = ${flexible};`);
  const body = [...head, ...lines].join("\n");
  const unused = (name: string): string => (new RegExp(`\\b${name}\\b`).test(body) ? name : `_${name}`);
  const parameters = `${unused("writer")}: ByteWriter, ${unused("value")}: ${struct.name}Input, ${unused("version")}: number`;
  return `${isRoot ? "export " : ""}function encode${struct.name}(${parameters}): void {\n${body}\n}`;
}

/** A function that tells whether a struct holds nothing but defaults, so that its tag can be left out. */
export function renderIsDefault(struct: Struct): string {
  const terms = struct.fields.map((field) => {
    const value = `value.${field.name}`;
    const same = negationOfDiffers(field, value);
    return isOptional(field, struct) ? `(${value} === undefined || ${same})` : same;
  });
  return `function isDefault${struct.name}(value: ${struct.name}Input): boolean {\n  return ${terms.join(" && ") || "true"};\n}`;
}

/** The structs whose default test is needed: those that are tagged or missing in some version, and what they hold. */
export function structsToCompare(message: Message): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    const struct = message.structs.find((candidate) => candidate.name === name);
    for (const field of struct?.fields ?? []) if (isSingleStruct(field)) add(field.type);
  };
  for (const struct of message.structs) {
    for (const field of struct.fields) {
      const missing = !field.ignorable && absentCondition(field, struct) !== "false";
      if (isSingleStruct(field) && (field.tagged !== null || missing)) add(field.type);
    }
  }
  return needed;
}

function isSingleStruct(field: Field): boolean {
  return field.isStruct && !field.isArray && field.declaredDefault !== "null";
}

function exists(field: Field): VersionRange | null {
  if (field.plain === null) return field.tagged;
  return field.tagged === null ? field.plain : hull(field.plain, field.tagged);
}

function absentCondition(field: Field, struct: Struct): string {
  return negation(condition(exists(field), struct.versions));
}

/** An expression that is true when the value is not the default. */
function differs(field: Field, value: string): string {
  const initial = defaultOf(field);
  if (initial === "null") return `${value} !== null`;
  const orNull = isNullable(field) ? `${value} === null || ` : "";
  if (field.isArray || field.type === "records" || field.type === "bytes") return `${orNull}${value}.length !== 0`;
  if (field.isStruct) return `${orNull}!isDefault${field.type}(${value})`;
  return `${value} !== ${initial}`;
}

function negationOfDiffers(field: Field, value: string): string {
  const initial = defaultOf(field);
  if (initial === "null") return `${value} === null`;
  const notNull = isNullable(field) ? `${value} !== null && ` : "";
  if (field.isArray || field.type === "records" || field.type === "bytes") return `${notNull}${value}.length === 0`;
  if (field.isStruct) return `${notNull}isDefault${field.type}(${value})`;
  return `${value} === ${initial}`;
}

function renderField(field: Field, context: Context): readonly string[] {
  const { struct } = context;
  const lines: string[] = [];
  const source = `value.${field.name}`;
  const absent = absentCondition(field, struct);
  if (!field.ignorable && absent !== "false") {
    const guard = `${absent} && ${source} !== undefined && `;
    const test = differs(field, source);
    lines.push(
      `  if (${guard}${test.includes("||") ? `(${test})` : test}) absentField("${struct.name}", "${field.name}", version);`,
    );
  }
  if (field.plain === null) return lines;
  const when = condition(field.plain, struct.versions);
  const write = writeStatements(field, context, { value: source, versions: field.plain, writer: "writer" });
  if (when === "true") lines.push(...write.map((line) => `  ${line}`));
  else if (write.length === 1) lines.push(`  if (${when}) ${write[0]}`);
  else lines.push(`  if (${when}) {`, ...write.map((line) => `    ${line}`), "  }");
  return lines;
}

interface Target {
  readonly value: string;
  readonly versions: VersionRange;
  readonly writer: string;
}

/** Statements that write the field, with its default when it was left out. */
function writeStatements(field: Field, context: Context, target: Target): readonly string[] {
  const whole = withDefault(field, context.struct, target.value);
  if (!isNullable(field)) return writeValue(field, context, { ...target, value: whole });
  const nullWhen = condition(field.nullable, target.versions);
  const local = localName(field);
  const declared = `const ${local} = ${whole};`;
  const refusal = nullWhen === "true" ? "" : nullRefusal(field, context.struct, nullWhen);
  const nullWrite =
    refusal === "" ? [writeNull(field, context, target.writer)] : [refusal, writeNull(field, context, target.writer)];
  const valueWrite = writeValue(field, context, { ...target, value: local });
  const marker = field.isStruct && !field.isArray ? [`${target.writer}.int8(1);`] : [];
  return [declared, `if (${local} === null) ${block(nullWrite)}`, `else ${block([...marker, ...valueWrite])}`];
}

function nullRefusal(field: Field, struct: Struct, nullWhen: string): string {
  const call = `nullField("${struct.name}", "${field.name}", version);`;
  return nullWhen === "false" ? call : `if (${negation(nullWhen)}) ${call}`;
}

function block(statements: readonly string[]): string {
  return statements.length === 1 ? String(statements[0]) : `{ ${statements.join(" ")} }`;
}

function withDefault(field: Field, struct: Struct, value: string): string {
  if (!isOptional(field, struct)) return value;
  const initial = defaultOf(field);
  if (!isNullable(field) || initial === "null") return `${value} ?? ${initial}`;
  return `${value} === undefined ? ${initial} : ${value}`;
}

function writeNull(field: Field, context: Context, writer: string): string {
  const flexible = field.neverFlexible ? "false" : context.flexible;
  if (field.isArray) return `writeNullCount(${writer}, ${flexible});`;
  if (field.isStruct) return `${writer}.int8(-1);`;
  return field.type === "string"
    ? `writeNullString(${writer}, ${flexible});`
    : `writeNullCount(${writer}, ${flexible});`;
}

function writeValue(field: Field, context: Context, target: Target): readonly string[] {
  const { value, writer } = target;
  const flexible = field.neverFlexible ? "false" : context.flexible;
  if (field.isStruct && field.isArray) {
    const local = localName(field);
    const declared = value === local ? [] : [`const ${local} = ${value};`];
    return [
      ...declared,
      `writeCount(${writer}, ${local}.length, ${flexible});`,
      `for (const element of ${local}) encode${field.type}(${writer}, element, version);`,
    ];
  }
  if (field.isStruct) return [`encode${field.type}(${writer}, ${value}, version);`];
  const name = field.type.charAt(0).toUpperCase() + field.type.slice(1);
  if (field.isArray) return [`write${name}Array(${writer}, ${value}, ${flexible});`];
  const fixed = WRITERS[field.type];
  return [fixed === undefined ? `write${name}(${writer}, ${value}, ${flexible});` : `${writer}.${fixed}(${value});`];
}

/** Writes the tagged fields that hold something, in the order of their numbers. */
function renderTags(context: Context): readonly string[] {
  const { struct, flexible, message } = context;
  if (flexible === "false") return [];
  const guard = flexible === "true" ? "" : `if (${flexible}) `;
  const tagged = struct.fields.filter((field) => field.tagged !== null).sort((left, right) => left.tag - right.tag);
  if (tagged.length === 0) return [`  ${guard}writer.unsignedVarint(0);`];
  const range = intersect(message.flexible, struct.versions) ?? struct.versions;
  const lines: string[] = [];
  for (const field of tagged) {
    const source = `value.${field.name}`;
    const when = condition(field.tagged, range);
    const test = differs(field, source);
    const parts = [when === "true" ? "" : when, `${source} !== undefined`, test.includes("||") ? `(${test})` : test];
    lines.push(`const tag${field.tag} = ${parts.filter((part) => part !== "").join(" && ")};`);
  }
  lines.push(`writer.unsignedVarint(${tagged.map((field) => `Number(tag${field.tag})`).join(" + ")});`);
  for (const field of tagged) {
    const write = writeStatements(field, context, {
      value: `value.${field.name}`,
      versions: field.tagged ?? range,
      writer: "tag",
    });
    lines.push(
      `if (tag${field.tag}) {`,
      "  const tag = new ByteWriter();",
      ...write.map((line) => `  ${line}`),
      `  writeTag(writer, ${field.tag}, tag);`,
      "}",
    );
  }
  if (guard === "") return lines.map((line) => `  ${line}`);
  return [`  ${guard}{`, ...lines.map((line) => `    ${line}`), "  }"];
}
