import type { Workspace } from "./workspace.ts";

const START = "<!-- layers:start -->";
const END = "<!-- layers:end -->";

/** The text between the markers of a README, or undefined when they are not there, each once, in order. */
export function diagramIn(readme: string): string | undefined {
  const [before, rest, ...more] = readme.split(START);
  if (before === undefined || rest === undefined || more.length > 0) return undefined;
  const end = rest.indexOf(END);
  return end === -1 ? undefined : rest.slice(0, end);
}

/** The README with another diagram between its markers. */
export function withDiagram(readme: string, diagram: string): string {
  const current = diagramIn(readme);
  if (current === undefined) throw new Error(`README.md needs one pair of ${START} and ${END}`);
  return readme.replace(START + current + END, () => START + diagram + END);
}

/**
 * Draws the packages: layers from top to bottom, an arrow for "imports". An arrow that follows from two others is left
 * out of the picture; the table below it has them all.
 */
export function renderDiagram(workspaces: readonly Workspace[]): string {
  return `\n\n${picture(workspaces)}\n\n${table(workspaces)}\n\n`;
}

function picture(workspaces: readonly Workspace[]): string {
  const lines = ["```mermaid", "flowchart TB"];
  for (const [layer, members] of byLayer(workspaces)) {
    lines.push(`  subgraph layer${layer}["layer ${layer}"]`);
    for (const { shortName } of members) lines.push(`    ${id(shortName)}["${shortName}"]`);
    lines.push("  end");
  }
  for (const workspace of workspaces.toReversed()) {
    for (const used of withoutShortcuts(workspace, workspaces)) {
      lines.push(`  ${id(workspace.shortName)} --> ${id(used)}`);
    }
  }
  return [...lines, "```"].join("\n");
}

function table(workspaces: readonly Workspace[]): string {
  const rows = workspaces
    .toReversed()
    .map(({ layer, folder, shortName, uses }) => [
      String(layer),
      `[${shortName}](${folder})`,
      uses.map(short).toSorted().join(", ") || "nothing",
    ]);
  const cells = [["Layer", "Package", "May import"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function byLayer(workspaces: readonly Workspace[]): readonly (readonly [number, readonly Workspace[]])[] {
  const layers = [...new Set(workspaces.map(({ layer }) => layer))].toSorted((a, b) => b - a);
  return layers.map((layer) => [layer, workspaces.filter((workspace) => workspace.layer === layer)]);
}

/** Short names this package uses and does not also reach through another one it uses. */
function withoutShortcuts(workspace: Workspace, workspaces: readonly Workspace[]): readonly string[] {
  const find = (name: string): readonly string[] => workspaces.find((other) => other.name === name)?.uses ?? [];
  const reach = (name: string): readonly string[] => find(name).flatMap((next) => [next, ...reach(next)]);
  const indirect = new Set(workspace.uses.flatMap(reach));
  return workspace.uses.filter((name) => !indirect.has(name)).map(short);
}

function short(name: string): string {
  return name.replace("@streambed/", "");
}

/** Dashes are arrows in Mermaid. */
function id(shortName: string): string {
  return shortName.replaceAll("-", "_");
}
