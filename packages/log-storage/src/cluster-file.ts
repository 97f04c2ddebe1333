import { fromUtf8, StreambedError, utf8, uuidToBase64, randomUuid } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import type { ProbeResult } from "./conformance-probe.ts";
import { CLUSTER_KEY } from "./keys.ts";
import type { ObjectStore } from "./ports/object-store.ts";

const FORMAT_VERSION = 1;

/** What `cluster.json` says. Written once. */
export interface ClusterFile {
  readonly formatVersion: number;
  /** 22 characters, as Kafka prints cluster ids. */
  readonly clusterId: string;
  readonly shards: number;
  /** What the store showed when the cluster was created; undefined in files of older versions. */
  readonly probe?: ProbeResult;
}

/**
 * Reads a bucket's `cluster.json`, or creates it. Of several processes that start at once on an empty bucket one wins
 * and all use its answer. Throws `CLUSTER_FORMAT` (kind invalid) for a bucket of another version or of something else.
 */
export async function openCluster(
  store: ObjectStore,
  random: Random,
  probe?: ProbeResult,
): Promise<ClusterFile & { readonly created: boolean }> {
  const existing = await readCluster(store);
  if (existing !== undefined) return { ...existing, created: false };
  const clusterId = uuidToBase64(randomUuid(random));
  const shown = probe === undefined ? {} : { probe };
  const fresh: ClusterFile = { formatVersion: FORMAT_VERSION, clusterId, shards: 1, ...shown };
  const body = [utf8(`${JSON.stringify(fresh, null, 2)}\n`)];
  const put = await store.put(CLUSTER_KEY, body, { condition: { kind: "absent" } });
  if (put.outcome === "written") return { ...fresh, created: true };
  const winner = await readCluster(store);
  if (winner === undefined) throw format(store.description, "it vanished while it was read");
  return { ...winner, created: false };
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
  if (typeof clusterId !== "string" || clusterId.length > 64 || typeof shards !== "number" || shards !== 1) {
    throw format(where, "its cluster id or shard count is not valid");
  }
  return { formatVersion, clusterId, shards, ...(isProbe(probe) ? { probe } : {}) };
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
