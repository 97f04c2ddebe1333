import { HEADER } from "./render-file.ts";
import { kebabCase } from "./field-types.ts";
import type { Message } from "./schema.ts";

/** One row of `error-codes.json`. */
export interface ErrorRow {
  readonly code: number;
  readonly name: string;
  readonly retriable: boolean;
}

/** One row of `api-versions.json`. */
export interface ApiRow {
  readonly apiKey: number;
  readonly name: string;
  readonly listeners: readonly string[];
  readonly validVersions: Readonly<Record<string, string>>;
  readonly latestVersionUnstable: readonly string[];
}

/** The release whose version ranges are generated. */
export const RELEASE = "4.4";

/** The table of error codes. */
export function renderErrorCodes(rows: readonly ErrorRow[]): string {
  const lines = rows.map((row) => `  ${row.name}: { code: ${row.code}, retriable: ${row.retriable} },`);
  return `${HEADER}/** Kafka's error codes and whether a client may try again. */\nexport const ERROR_CODES = {\n${lines.join("\n")}\n} as const;\n`;
}

/** The table of APIs and the types that belong to each name. */
export function renderApis(rows: readonly ApiRow[], requests: ReadonlyMap<string, Message>): string {
  const imports: string[] = [];
  const entries: string[] = [];
  const types: string[] = [];
  for (const row of rows) {
    const message = requests.get(row.name);
    if (message === undefined) throw new Error(`No request of ${row.name}`);
    const { name } = row;
    imports.push(
      `import {\n  decode${name}Request, encode${name}Request, decode${name}Response, encode${name}Response,\n` +
        `  type ${name}Request, type ${name}RequestInput, type ${name}Response, type ${name}ResponseInput,\n` +
        `} from "./${kebabCase(name)}.ts";`,
    );
    const flexible = message.flexible === null ? "null" : String(message.flexible.from);
    entries.push(
      `  { apiKey: ${row.apiKey}, name: "${name}", minVersion: ${message.versions.from}, maxVersion: ${message.versions.to}, ` +
        `flexibleFrom: ${flexible}, latestVersionUnstable: ${row.latestVersionUnstable.includes(RELEASE)},\n    ` +
        `decodeRequest: decode${name}Request, encodeRequest: encode${name}Request, decodeResponse: decode${name}Response, encodeResponse: encode${name}Response },`,
    );
    types.push(
      `  readonly ${name}: { readonly request: ${name}Request; readonly requestInput: ${name}RequestInput; readonly response: ${name}Response; readonly responseInput: ${name}ResponseInput };`,
    );
  }
  return [
    `${HEADER}import type { ApiDescription } from "../api-description.ts";`,
    ...imports,
    "",
    "/** The message types of each API, by its name. */",
    "export interface ApiTypes {",
    ...types,
    "}",
    "",
    "/** API keys by name. */",
    `export const API_KEYS = {\n${rows.map((row) => `  ${row.name}: ${row.apiKey},`).join("\n")}\n} as const;`,
    "",
    "/** Every API that a client may call on a broker, by ascending key. */",
    "export const APIS: readonly ApiDescription[] = [",
    ...entries,
    "];",
    "",
  ].join("\n");
}
