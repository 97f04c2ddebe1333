import { decodeBase64 } from "@streambed/rest-proxy";
import type { HttpEvent } from "./http-event.ts";

/** A request, and the body of a GET, which a `Request` cannot carry but v2 wants for committed offsets. */
export interface IncomingRequest {
  readonly request: Request;
  readonly env: { readonly incoming?: AsyncIterable<Uint8Array> };
}

/** The request that an event describes. */
export function toRequest(event: HttpEvent, signal: AbortSignal): IncomingRequest {
  const { method } = event.requestContext.http;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers ?? {})) headers.set(name, value);
  if (event.cookies !== undefined && event.cookies.length > 0) headers.set("cookie", event.cookies.join("; "));
  const body = bodyOf(event);
  const bodiless = method === "GET" || method === "HEAD";
  const init: RequestInit = { method, headers, signal };
  if (body === null) return { request: new Request(urlOf(event), init), env: {} };
  if (bodiless) return { request: new Request(urlOf(event), init), env: { incoming: once(body) } };
  // A view over a plain ArrayBuffer, which is what decoding gives.
  return { request: new Request(urlOf(event), { ...init, body: body as Uint8Array<ArrayBuffer> }), env: {} };
}

/** A named stage of an API begins the path, but is no part of the REST API's. */
function urlOf(event: HttpEvent): string {
  const { stage = "$default", domainName } = event.requestContext;
  const host = event.headers?.["host"] ?? domainName ?? "localhost";
  const prefix = `/${stage}`;
  const staged = stage !== "$default" && (event.rawPath === prefix || event.rawPath.startsWith(`${prefix}/`));
  const path = staged ? event.rawPath.slice(prefix.length) : event.rawPath;
  const query = event.rawQueryString ?? "";
  return `https://${host}${path === "" ? "/" : path}${query === "" ? "" : `?${query}`}`;
}

function bodyOf({ body, isBase64Encoded }: HttpEvent): Uint8Array | null {
  if (body === undefined || body === "") return null;
  if (isBase64Encoded !== true) return new TextEncoder().encode(body);
  return decodeBase64(body);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
