import { readdirSync, readFileSync } from "node:fs";
import { kebabCase } from "./field-types.ts";
import { HEADER, renderFile } from "./render-file.ts";
import { renderApis, renderErrorCodes, type ApiRow, type ErrorRow } from "./render-tables.ts";
import { parseMessage, type Message } from "./schema.ts";

const MESSAGES = new URL("messages/", import.meta.url);
const COORDINATOR_FOLDERS: readonly string[] = ["group-coordinator", "transaction-coordinator"];
const DATA_MESSAGES: readonly string[] = [
  "ConsumerProtocolSubscription",
  "ConsumerProtocolAssignment",
  "EndTxnMarker",
  "ControlRecordTypeSchema",
];

/** All generated files: path below `packages/protocol/src/generated` and text. */
export function generate(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const rows = (readJson("api-versions.json") as readonly ApiRow[]).filter((row) => row.listeners.includes("broker"));
  const requests = new Map<string, Message>();
  for (const row of rows) {
    const request = readMessage("clients", `${row.name}Request`);
    requests.set(row.name, request);
    files.set(`${kebabCase(row.name)}.ts`, renderFile([request, readMessage("clients", `${row.name}Response`)], 1));
  }
  const messageFiles = [...files.keys()];
  files.set(
    "headers.ts",
    renderFile([readMessage("clients", "RequestHeader"), readMessage("clients", "ResponseHeader")], 1),
  );
  for (const folder of COORDINATOR_FOLDERS) addRecords(folder, files);
  for (const name of DATA_MESSAGES)
    files.set(`data/${kebabCase(name)}.ts`, renderFile([readMessage("clients", name)], 2));
  const others = [...files.keys()].filter((path) => !messageFiles.includes(path));
  files.set("messages.ts", renderBarrel([...messageFiles, ...others]));
  files.set("apis.ts", renderApis(rows, requests));
  files.set("error-codes.ts", renderErrorCodes(readJson("error-codes.json") as readonly ErrorRow[]));
  return files;
}

/** Key and value of one kind of record share a file. */
function addRecords(folder: string, files: Map<string, string>): void {
  const names = readdirSync(new URL(folder, MESSAGES)).map((file) => file.replace(/\.json$/, ""));
  for (const key of names.filter((name) => name.endsWith("Key")).sort()) {
    const base = key.slice(0, -"Key".length);
    const messages = [readMessage(folder, key), readMessage(folder, `${base}Value`)];
    files.set(`${folder}/${kebabCase(base)}.ts`, renderFile(messages, 2));
  }
}

function renderBarrel(paths: readonly string[]): string {
  return HEADER + paths.map((path) => `export * from "./${path}";\n`).join("");
}

function readMessage(folder: string, name: string): Message {
  return parseMessage(readFileSync(new URL(`${folder}/${name}.json`, MESSAGES), "utf8"));
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, MESSAGES), "utf8"));
}
