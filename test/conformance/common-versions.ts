import { API_KEYS, apiByName } from "@streambed/protocol";
import type { ApiName, ApiTypes } from "@streambed/protocol";
import type { ConformanceCase } from "./conformance-case.ts";
import { exchange } from "./exchange.ts";
import { RawConnection } from "./raw-connection.ts";

/** Versions of an API, both ends included. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What a peer says it serves, by API key. */
export async function advertised(port: number): Promise<ReadonlyMap<number, VersionRange>> {
  const connection = await RawConnection.open(port);
  const request = { clientSoftwareName: "conformance", clientSoftwareVersion: "1" };
  const answer = (await exchange(connection, "ApiVersions", 3, request)) as ApiTypes["ApiVersions"]["response"];
  connection.destroy();
  return new Map(
    answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
  );
}

/** The lowest, a middle and the highest version that both serve, within the bounds of the case. */
export function versionsOf(
  { api, from = 0, to = Infinity }: Pick<ConformanceCase, "api" | "from" | "to">,
  peers: readonly ReadonlyMap<number, VersionRange>[],
): readonly number[] {
  const ranges = peers.map((peer) => rangeOf(api, peer));
  const min = Math.max(from, apiByName(api).minVersion, ...ranges.map((range) => range.min));
  const max = Math.min(to, ...ranges.map((range) => range.max));
  if (max < min) return [];
  return [...new Set([min, Math.floor((min + max) / 2), max])];
}

function rangeOf(api: ApiName, peer: ReadonlyMap<number, VersionRange>): VersionRange {
  const range = peer.get(API_KEYS[api]);
  if (range === undefined) throw new Error(`${api} is not advertised`);
  return range;
}
