import { parseArgs } from "node:util";
import type { BrokerSettings } from "@streambed/broker";
import { messageOf, type LogLevel } from "@streambed/kernel";
import { brokerSettings } from "./kafka-config.ts";
import { type Environment, parseStoreLocation, type StoreLocation } from "./store-location.ts";
import { usageError } from "./usage-error.ts";

/** What the command line of the server says. */
export interface ServeOptions {
  readonly store: StoreLocation;
  readonly host: string;
  readonly kafkaPort: number;
  readonly httpPort: number;
  readonly advertisedHost: string | null;
  readonly advertisedPort: number | null;
  readonly allowAnonymous: boolean;
  readonly broker: Partial<BrokerSettings>;
  readonly logLevel: LogLevel;
  readonly logFormat: "human" | "json";
}

/** The flags of the server; also what `--help` explains. */
const FLAGS = {
  data: { type: "string" },
  store: { type: "string" },
  host: { type: "string" },
  "kafka-port": { type: "string" },
  "http-port": { type: "string" },
  "advertised-host": { type: "string" },
  "advertised-port": { type: "string" },
  "allow-anonymous": { type: "boolean" },
  config: { type: "string", multiple: true },
  "log-level": { type: "string" },
  "log-format": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Reads the command line. @throws code `USAGE` with the remedy */
export function parseServeArgs(args: readonly string[], environment: Environment): ServeOptions | "help" | "version" {
  const values = parseFlags(args);
  if (values.help === true) return "help";
  if (values.version === true) return "version";
  if (values.data !== undefined && values.store !== undefined) {
    throw usageError("--data and --store both say where data goes; give one of them.");
  }
  return {
    store: parseStoreLocation(values.store ?? values.data ?? "./data", environment),
    host: values.host ?? "localhost",
    kafkaPort: port("--kafka-port", values["kafka-port"]) ?? 9092,
    httpPort: port("--http-port", values["http-port"]) ?? 8082,
    advertisedHost: values["advertised-host"] ?? null,
    advertisedPort: port("--advertised-port", values["advertised-port"]) ?? null,
    allowAnonymous: values["allow-anonymous"] === true,
    broker: brokerSettings(values.config ?? []),
    logLevel: oneOf("--log-level", values["log-level"] ?? "warn", LEVELS),
    logFormat: oneOf("--log-format", values["log-format"] ?? "human", ["human", "json"] as const),
  };
}

function parseFlags(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>["values"] {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (thrown) {
    // Node's message is one sentence about the flag, sometimes with a second one about positionals.
    throw usageError(`${messageOf(thrown).split(". ")[0] ?? ""}. Add --help for the flags there are.`);
  }
}

function port(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw usageError(`${flag} must be a port from 0 (any free one) to 65535, not "${text}".`);
}

function oneOf<T extends string>(flag: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found === undefined) throw usageError(`${flag} must be one of ${words.join(", ")}, not "${text}".`);
  return found;
}
