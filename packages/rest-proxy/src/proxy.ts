import type { Client, Producer } from "@streambed/client";
import type { RestSettings } from "@streambed/contracts";
import type { Clock, Logger } from "@streambed/kernel";
import type { Context } from "hono";
import type { ClusterId } from "./cluster-id.ts";
import type { ConsumerInstances } from "./consumer-instances/port.ts";
import { badRequest, unsupportedMediaType } from "./errors.ts";
import { parseBody, readBody } from "./http/body.ts";
import { JSON_TYPE, mediaTypeOf, negotiate, V2_OFFERED } from "./http/media-types.ts";

/** What every route works with. */
export interface Proxy {
  readonly client: Client;
  readonly producer: Producer;
  readonly instances: ConsumerInstances;
  readonly clusterId: ClusterId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: RestSettings;
}

/** A v2 answer in the type the client prefers. */
export function v2Json(c: Context, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    headers: { "content-type": negotiate(c.req.header("accept"), V2_OFFERED) },
  });
}

/** A v3 answer. */
export function v3Json(c: Context, body: unknown, status = 200): Response {
  const type = negotiate(c.req.header("accept"), [JSON_TYPE]);
  return new Response(JSON.stringify(body), { status, headers: { "content-type": type } });
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** A path parameter; its absence would be a route without it, a bug. */
export function segment(c: Context, name: string): string {
  const value = c.req.param(name);
  if (value === undefined) throw badRequest(`The path has no ${name}.`);
  return value;
}

/**
 * The JSON object of a v2 request, null when there is none. Accepts the v2 types and plain JSON.
 *
 * @throws RestError 415, 413, 400
 */
export async function v2Body(c: Context, proxy: Proxy): Promise<unknown> {
  const bytes = await readBody(c, proxy.settings.requestBytesMax);
  const type = mediaTypeOf(c.req.header("content-type"));
  if (bytes.length > 0 && type !== null && !V2_OFFERED.includes(type)) {
    throw unsupportedMediaType(type, V2_OFFERED.join(" or "));
  }
  return parseBody(bytes);
}

/** The JSON object of a v3 request, null when there is none. @throws RestError 415, 413, 400 */
export async function v3Body(c: Context, proxy: Proxy): Promise<unknown> {
  requireJson(c);
  return parseBody(await readBody(c, proxy.settings.requestBytesMax));
}

/** @throws RestError 415 when a Content-Type is given and is not JSON */
export function requireJson(c: Context): void {
  const type = mediaTypeOf(c.req.header("content-type"));
  if (type !== null && type !== JSON_TYPE) throw unsupportedMediaType(type, JSON_TYPE);
}
