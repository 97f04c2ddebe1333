import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpEvent } from "@streambed/runtime-lambda";

/** An event as AWS sent it; the account and the addresses are made up. */
export function recordedEvent(name: "function-url-produce" | "api-gateway-records"): HttpEvent {
  const text = readFileSync(join(import.meta.dirname, "events", `${name}.json`), "utf8");
  // The tests below are about whether this is so.
  return JSON.parse(text) as HttpEvent;
}

/** An event like that of a Function URL, for a request of a test's own. */
export async function eventOf(request: Request): Promise<HttpEvent> {
  const url = new URL(request.url);
  const bytes = new Uint8Array(await request.arrayBuffer());
  return {
    version: "2.0",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { host: url.host, ...Object.fromEntries(request.headers) },
    requestContext: { domainName: url.host, stage: "$default", http: { method: request.method } },
    ...(bytes.length === 0 ? {} : { body: Buffer.from(bytes).toString("base64"), isBase64Encoded: true }),
  };
}
