import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { parseSync } from "rolldown/utils";
import { ROOT } from "../../tools/diagram/workspace.ts";
import type { Workspace } from "../../tools/diagram/workspace.ts";

/** A source file, parsed far enough to ask what it reaches for. */
export interface SourceFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly isTest: boolean;
  readonly lines: number;
  /** What it imports or re-exports, types included: `./x.ts`, `hono`, `node:fs`. */
  readonly specifiers: readonly string[];
  /** Free-standing names it mentions (`process`) and members of such names (`Date.now`). */
  readonly mentions: ReadonlySet<string>;
}

/** Every TypeScript file under the source folder of a package. */
export function sourceFiles(workspace: Workspace): readonly SourceFile[] {
  return globSync(`${workspace.folder}/src/**/*.ts`, { cwd: ROOT }).toSorted().map(read);
}

/** True for what a platform brings along: `node:fs`, `fs`, `cloudflare:workers`. */
export function isPlatformModule(specifier: string): boolean {
  return isBuiltin(specifier) || specifier.startsWith("cloudflare:");
}

function read(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const mentions = new Set<string>();
  collect(program, mentions);
  const requested = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.map(({ moduleRequest }) => literal(text.slice(moduleRequest.start, moduleRequest.end))),
  ];
  return {
    path,
    isTest: path.endsWith(".test.ts"),
    lines: text.trimEnd().split("\n").length,
    specifiers: [...new Set(requested)],
    mentions,
  };
}

/** A dynamic import of something computed cannot be judged, so it is reported as it is written. */
function literal(source: string): string {
  return /^(["'`]).*\1$/.test(source) ? source.slice(1, -1) : source;
}

type SyntaxNode = Readonly<Record<string, unknown>> & { readonly type: string };

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Walks the tree and notes identifiers where they stand for a variable or a type, not where they name a member. */
function collect(value: unknown, mentions: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, mentions);
    return;
  }
  if (!isNode(value)) return;
  if (value.type === "Identifier" && typeof value["name"] === "string") mentions.add(value["name"]);
  const member = memberName(value);
  if (member !== undefined) mentions.add(member);
  const skipped = namesAMember(value) ? memberKey(value) : undefined;
  for (const [key, child] of Object.entries(value)) if (key !== skipped) collect(child, mentions);
}

/** `Date.now` for the member access of that name. */
function memberName(node: SyntaxNode): string | undefined {
  const { type, object, property, computed } = node;
  if (type !== "MemberExpression" || computed === true || !isNode(object) || !isNode(property)) return undefined;
  return object.type === "Identifier" ? `${String(object["name"])}.${String(property["name"])}` : undefined;
}

function namesAMember(node: SyntaxNode): boolean {
  return node["computed"] !== true && ("key" in node || node.type === "MemberExpression");
}

function memberKey(node: SyntaxNode): string {
  return node.type === "MemberExpression" ? "property" : "key";
}
