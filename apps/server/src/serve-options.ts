import { parseArgs } from "node:util";
import type { BrokerSettings } from "@streambed/broker";
import { messageOf, type LogLevel } from "@streambed/kernel";
import { PRICE_LIST_NAMES, PRICE_LISTS, type PriceListName } from "@streambed/metrics";
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
  /** Other processes serve the same bucket, and clients are sent to whichever owns what they want. */
  readonly cluster: boolean;
  /** Shards that a new cluster gets, and an existing one grows to; null: 1, or what it has. */
  readonly shards: number | null;
  readonly broker: Partial<BrokerSettings>;
  /** Prices that the request bill is estimated at. */
  readonly priceList: PriceListName;
  /** Writes of entries that a month may have; null: any number. */
  readonly putsPerMonthMax: number | null;
  /** Recent records kept in memory, bytes; null: as many as suit the machine. */
  readonly cacheBytes: number | null;
  /** A second write beside one that takes unusually long. */
  readonly hedge: boolean;
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
  cluster: { type: "boolean" },
  "node-id": { type: "string" },
  shards: { type: "string" },
  config: { type: "string", multiple: true },
  "price-list": { type: "string" },
  "put-budget": { type: "string" },
  cache: { type: "string" },
  hedge: { type: "string" },
  "log-level": { type: "string" },
  "log-format": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** As `limits.SHARDS_MAX` of the log, which is loaded later. */
const SHARDS_MAX = 64;
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Reads the command line. @throws code `USAGE` with the remedy */
export function parseServeArgs(args: readonly string[], environment: Environment): ServeOptions | "help" | "version" {
  const values = parseFlags(args);
  if (values.help === true) return "help";
  if (values.version === true) return "version";
  if (values.data !== undefined && values.store !== undefined) {
    throw usageError("--data and --store both say where data goes; give one of them.");
  }
  const store = parseStoreLocation(values.store ?? values.data ?? "./data", environment);
  const priceList = oneOf("--price-list", values["price-list"] ?? usualPrices(store), PRICE_LIST_NAMES);
  const hedge = oneOf("--hedge", values.hedge ?? "auto", ["on", "off", "auto"] as const);
  const cluster = values.cluster === true;
  if (cluster && store.kind === "memory")
    throw usageError("--cluster needs a folder or a bucket that all its processes share, not memory:.");
  return {
    store,
    priceList,
    putsPerMonthMax: putBudget(values["put-budget"], priceList),
    cacheBytes: cacheBytes(values.cache),
    // Only requests over a network stall now and then, so that a second one helps.
    hedge: hedge === "auto" ? store.kind === "s3" : hedge === "on",
    host: values.host ?? "localhost",
    kafkaPort: port("--kafka-port", values["kafka-port"]) ?? 9092,
    httpPort: port("--http-port", values["http-port"]) ?? 8082,
    advertisedHost: values["advertised-host"] ?? null,
    advertisedPort: port("--advertised-port", values["advertised-port"]) ?? null,
    allowAnonymous: values["allow-anonymous"] === true,
    cluster,
    shards: shardCount(values.shards),
    broker: withNodeId(brokerSettings(values.config ?? []), nodeId(values["node-id"])),
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

/** Two numbers would make two brokers of one: which of them is meant must be said. */
function withNodeId(broker: Partial<BrokerSettings>, given: number | undefined): Partial<BrokerSettings> {
  if (given === undefined) return broker;
  if (broker.nodeId === undefined || broker.nodeId === given) return { ...broker, nodeId: given };
  throw usageError(`--node-id ${given} and --config node.id=${broker.nodeId} differ; give one of them.`);
}

function nodeId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 2_147_483_647) return value;
  throw usageError(`--node-id must be a whole number from 0 to 2147483647, not "${text}".`);
}

function shardCount(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= SHARDS_MAX) return value;
  throw usageError(`--shards must be a whole number from 1 to ${SHARDS_MAX}, not "${text}".`);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const CACHE_BYTES_MAX = 64 * 1024 ** 3;

/** `268435456`, `256M` or `1G`. */
function cacheBytes(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, digits = "", unit = ""] = /^(\d{1,15})([KMG]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  if (digits !== "" && bytes <= CACHE_BYTES_MAX) return bytes;
  throw usageError(`--cache takes bytes up to 64G, as 268435456, 256M or 1G, not "${text}".`);
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

/** The list of the store that was named, as far as its address tells. */
export function usualPrices(store: StoreLocation): PriceListName {
  if (store.kind !== "s3") return "none";
  if (store.bucket.endsWith("--x-s3")) return "s3-express";
  return store.endpoint?.includes(".r2.cloudflarestorage.com") === true ? "r2" : "s3";
}

/** So many writes a month, evenly spread, come every two minutes: as long as a producer waits (`delivery.timeout.ms`). */
const PUT_BUDGET_MIN = (30 * 24 * 60) / 2;

/** `5000000` are writes a month, `$25` are dollars at the list's price. */
function putBudget(text: string | undefined, priceList: PriceListName): number | null {
  if (text === undefined) return null;
  const writes = writesOf(text, priceList);
  if (writes >= PUT_BUDGET_MIN) return writes;
  throw usageError(
    `--put-budget ${text} is ${writes} writes a month; once it runs low, producers would give up before theirs is due. Give at least ${PUT_BUDGET_MIN}.`,
  );
}

function writesOf(text: string, priceList: PriceListName): number {
  const value = Number(text.replace(/^\$/, "").replaceAll("_", ""));
  if (!/^\$?[\d_]+(\.\d+)?$/.test(text) || !(value > 0)) {
    throw usageError(`--put-budget takes writes a month (5000000) or dollars a month ('$25'), not "${text}".`);
  }
  if (!text.startsWith("$")) return Math.floor(value);
  const { writeMillion } = PRICE_LISTS[priceList];
  if (writeMillion > 0) return Math.floor((value / writeMillion) * 1_000_000);
  throw usageError(`--put-budget in dollars needs prices, but requests cost nothing at --price-list ${priceList}.`);
}
