import type { Context, Hono } from "hono";
import { invalidPayload } from "../errors.ts";
import { bodyChunks } from "../http/body.ts";
import { JSON_TYPE, negotiate } from "../http/media-types.ts";
import { recordStream } from "../produce/record-stream.ts";
import { type Proxy, requireJson, segment } from "../proxy.ts";

/** `POST …/records`: one or many JSON objects in, one delivery report each out. */
export function recordRoutes(app: Hono, proxy: Proxy): void {
  app.post("/v3/clusters/:cluster/topics/:topic/records", async (c) => {
    requireJson(c);
    const type = negotiate(c.req.header("accept"), [JSON_TYPE]);
    const chunks = await startOf(c);
    const target = { clusterId: segment(c, "cluster"), topic: segment(c, "topic") };
    return new Response(recordStream(proxy, target, chunks), { headers: { "content-type": type } });
  });
}

/**
 * The body once its first bytes are there: an empty one is an error of the request, and after the first report it would
 * be too late to say so.
 *
 * @throws RestError 422/42206
 */
async function startOf(c: Context): Promise<AsyncIterable<Uint8Array>> {
  const chunks = bodyChunks(c)?.[Symbol.asyncIterator]();
  let first = await chunks?.next();
  while (first?.done === false && first.value.length === 0) first = await chunks?.next();
  if (chunks === undefined || first === undefined || first.done === true) {
    throw invalidPayload("Request body is empty. Data is required.");
  }
  return joined(first.value, chunks);
}

async function* joined(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    // Lets go of the request when the stream ends before the body does.
    await rest.return?.();
  }
}
