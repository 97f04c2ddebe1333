import { fromUtf8, invariant, StreambedError, utf8, uuidToBase64, randomUuid } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import type { ProbeResult } from "./conformance-probe.ts";
import { CLUSTER_KEY } from "./keys.ts";
import { SHARDS_MAX } from "./limits.ts";
import type { ObjectStore } from "./ports/object-store.ts";

const FORMAT_VERSION = 1;

/** What `cluster.json` says. Only the number of shards ever changes, and only upwards. */
export interface ClusterFile {
  readonly formatVersion: number;
  /** 22 characters, as Kafka prints cluster ids. */
  readonly clusterId: string;
  /** 1 to `SHARDS_MAX`. */
  readonly shards: number;
  /** What the store showed when the cluster was created; undefined in files of older versions. */
  readonly probe?: ProbeResult;
}

/** What a program that opens a cluster can and wants. */
export interface ClusterWish {
  /** Tries a bucket that nobody has used yet, before it is written to; what the store showed is kept. */
  readonly probe?: () => Promise<ProbeResult>;
  /**
   * Shards that a new cluster gets, and an existing one grows to. `any`: 1 for a new one, and what an existing one has.
   * Left out, the program serves one shard, so that clusters of more are refused.
   */
  readonly shards?: number | "any";
}

/**
 * Reads a bucket's `cluster.json`, or creates it. Of several processes that start at once on an empty bucket one wins
 * and all use its answer.
 *
 * @throws kind `invalid`, code `CLUSTER_FORMAT` for a bucket of another version or of something else, `CLUSTER_SHARDS`
 * when the cluster has more shards than are wanted
 */
export async function openCluster(
  store: ObjectStore,
  random: Random,
  wish: ClusterWish = {},
): Promise<ClusterFile & { readonly created: boolean }> {
  const { probe, shards = 1 } = wish;
  invariant(shards === "any" || isShardCount(shards), "the number of shards is within its limits");
  const existing = await readCluster(store);
  if (existing !== undefined) return { ...(await suited(store, existing, wish)), created: false };
  const clusterId = uuidToBase64(randomUuid(random));
  const shown = probe === undefined ? {} : { probe: await probe() };
  const wanted = shards === "any" ? 1 : shards;
  const fresh: ClusterFile = { formatVersion: FORMAT_VERSION, clusterId, shards: wanted, ...shown };
  const put = await store.put(CLUSTER_KEY, bodyOf(fresh), { condition: { kind: "absent" } });
  if (put.outcome === "written") return { ...fresh, created: true };
  const winner = await readCluster(store);
  if (winner === undefined) throw format(store.description, "it vanished while it was read");
  return { ...(await suited(store, winner, wish)), created: false };
}

/** The cluster as it was wished for, grown if need be. */
async function suited(store: ObjectStore, file: ClusterFile, { shards = 1 }: ClusterWish): Promise<ClusterFile> {
  if (shards === "any" || file.shards === shards) return file;
  if (file.shards > shards) throw tooManyShards(store.description, file.shards);
  for (;;) {
    const stored = await store.get(CLUSTER_KEY);
    if (!stored.found) throw format(store.description, "it vanished while it was read");
    const current = parse(stored.bytes, store.description);
    if (current.shards >= shards) return current;
    const grown = { ...current, shards };
    const { outcome } = await store.put(CLUSTER_KEY, bodyOf(grown), { condition: { kind: "etag", etag: stored.etag } });
    if (outcome === "written") return grown;
  }
}

function bodyOf(file: ClusterFile): Uint8Array[] {
  return [utf8(`${JSON.stringify(file, null, 2)}\n`)];
}

function tooManyShards(where: string, shards: number): StreambedError {
  const message = `The cluster in ${where} has ${shards} shards, and shards are never taken away: start a server without --shards, or with --shards ${shards} or more. Workers and functions serve clusters of one shard.`;
  return new StreambedError({ kind: "invalid", code: "CLUSTER_SHARDS", message });
}

/** Reads a bucket's `cluster.json`; undefined when there is none. Throws `CLUSTER_FORMAT` as {@link openCluster}. */
export async function readCluster(store: ObjectStore): Promise<ClusterFile | undefined> {
  const stored = await store.get(CLUSTER_KEY);
  return stored.found ? parse(stored.bytes, store.description) : undefined;
}

function parse(bytes: Uint8Array, where: string): ClusterFile {
  const value = parseJson(bytes, where);
  if (typeof value !== "object" || value === null) throw format(where, "it is not an object");
  const { formatVersion, clusterId, shards, probe } = value as Partial<ClusterFile>;
  if (formatVersion !== FORMAT_VERSION)
    throw format(where, `it has format version ${String(formatVersion)}, this program reads ${FORMAT_VERSION}`);
  if (typeof clusterId !== "string" || clusterId.length > 64 || !isShardCount(shards)) {
    throw format(where, "its cluster id or shard count is not valid");
  }
  return { formatVersion, clusterId, shards, ...(isProbe(probe) ? { probe } : {}) };
}

function isShardCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= SHARDS_MAX;
}

/** It informs operators only, so one that cannot be read counts as not there. */
function isProbe(value: unknown): value is ProbeResult {
  if (typeof value !== "object" || value === null) return false;
  const { passed, atMs } = value as Partial<ProbeResult>;
  return Array.isArray(passed) && passed.every((name) => typeof name === "string") && typeof atMs === "number";
}

function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    throw format(where, "it is not JSON");
  }
}

function format(where: string, what: string): StreambedError {
  const message = `Cannot use ${CLUSTER_KEY} in ${where}: ${what}. Point to another bucket, prefix or folder.`;
  return new StreambedError({ kind: "invalid", code: "CLUSTER_FORMAT", message });
}
