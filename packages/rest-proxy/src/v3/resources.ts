import type { Context } from "hono";
import { resourceName, url } from "../links.ts";
import type { Proxy } from "../proxy.ts";

/** Builds the parts every v3 answer has, for one request. */
export interface Resources {
  readonly clusterId: string;
  /** URL below `/v3/clusters/{cluster}`. */
  url(...segments: readonly (string | number)[]): string;
  related(...segments: readonly (string | number)[]): { readonly related: string };
  /** `kind`, `metadata` and `cluster_id` of one object. */
  head(
    kind: string,
    segments: readonly (string | number)[],
    names: readonly (readonly [string, string | number | null])[],
  ): object;
  /** A list with its own `kind` and `metadata`. */
  list(kind: string, segments: readonly (string | number)[], data: readonly object[]): object;
}

/** Resources of the cluster behind this proxy. */
export function resources(c: Context, proxy: Proxy, clusterId: string): Resources {
  const below = (...segments: readonly (string | number)[]): string =>
    url(c, proxy, "v3", "clusters", clusterId, ...segments);
  return {
    clusterId,
    url: below,
    related: (...segments) => ({ related: below(...segments) }),
    head: (kind, segments, names) => ({
      kind,
      metadata: { self: below(...segments), resource_name: resourceName(proxy, ["kafka", clusterId], ...names) },
      cluster_id: clusterId,
    }),
    list: (kind, segments, data) => ({ kind, metadata: { self: below(...segments), next: null }, data }),
  };
}

/** Resources of the cluster the path names. @throws RestError 404 when there is no such cluster */
export async function resourcesOf(c: Context, proxy: Proxy): Promise<Resources> {
  const clusterId = c.req.param("cluster") ?? "";
  await proxy.clusterId.check(clusterId);
  return resources(c, proxy, clusterId);
}
