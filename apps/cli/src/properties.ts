import { readFile } from "node:fs/promises";
import { messageOf, StreambedError } from "@streambed/kernel";

/** Settings by name, as Kafka's tools take them. */
export type Properties = Readonly<Record<string, string>>;

/**
 * Turns repeated `name=value` arguments into settings; a name without `=` gets an empty value when allowed.
 * @throws kind `invalid`, code `INVALID_PROPERTY`
 */
export function parseProperties(pairs: readonly string[], flag: string): Properties {
  const properties: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new StreambedError({
        kind: "invalid",
        code: "INVALID_PROPERTY",
        message: `${flag} takes name=value, but got "${pair}".`,
      });
    }
    properties[pair.slice(0, at).trim()] = pair.slice(at + 1);
  }
  return properties;
}

/** Reads a Java properties file: `name=value` or `name: value`, `#` and `!` comments, `\` joins lines. */
export async function readProperties(path: string): Promise<Properties> {
  const text = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw new StreambedError({
      kind: "invalid",
      code: "CONFIG_FILE_UNREADABLE",
      message: `Cannot read the config file ${path}: ${messageOf(thrown)}`,
      cause: thrown,
    });
  });
  return parsePropertiesText(text);
}

/** The text of a properties file. */
export function parsePropertiesText(text: string): Properties {
  const properties: Record<string, string> = {};
  const joined = text.replaceAll(/\\\r?\n[ \t]*/g, "");
  for (const raw of joined.split(/\r?\n/)) {
    const line = raw.trimStart();
    if (line === "" || line.startsWith("#") || line.startsWith("!")) continue;
    const match = /^(?<name>(?:\\.|[^\s=:\\])+)[ \t]*[=: \t]?[ \t]*(?<value>.*)$/.exec(line);
    const { name, value } = match?.groups ?? {};
    if (name !== undefined) properties[unescaped(name)] = unescaped(value ?? "");
  }
  return properties;
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, char: string | undefined) =>
    code === undefined ? (ESCAPES[char ?? ""] ?? char ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
