import type { Context } from "hono";
import type { Proxy } from "./proxy.ts";

/** An absolute URL of this proxy: on the advertised address, else on the one the request came in by. */
export function url(c: Context, proxy: Proxy, ...segments: readonly (string | number)[]): string {
  const base = proxy.settings.advertisedUrl ?? new URL(c.req.url).origin;
  return [base, ...segments.map((part) => encodeURIComponent(part).replaceAll("%3A", ":"))].join("/");
}

/** Confluent resource name: `crn:///kafka=CLUSTER/topic=NAME`. A null value leaves out the `=`. */
export function resourceName(proxy: Proxy, ...pairs: readonly (readonly [string, string | number | null])[]): string {
  const path = pairs.map(([type, id]) => (id === null ? type : `${type}=${id}`));
  return [`crn://${proxy.settings.resourceNameAuthority}`, ...path].join("/");
}
