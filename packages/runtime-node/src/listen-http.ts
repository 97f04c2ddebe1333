import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { bind, type BindOptions, closeServer } from "./bind.ts";
import { CLOSE_GRACE_MS, HTTP_CONNECTIONS_MAX, HTTP_HEADERS_TIMEOUT_MS } from "./limits.ts";
import type { Listening } from "./listen-kafka.ts";

/** Options of {@link listenHttp}. */
export interface ListenHttpOptions extends BindOptions {
  /** A Hono app's `fetch`, or any function of that shape. `env` holds Node's raw request as `incoming`. */
  readonly fetch: (request: Request, env: object) => Response | Promise<Response>;
}

/** Serves a fetch handler over HTTP/1.1. Errors of binding are those of `listenKafka`. */
export async function listenHttp(options: ListenHttpOptions): Promise<Listening> {
  const bound = await bind("REST", options, () => httpServer(options));
  const close = async (): Promise<void> => {
    const closed = Promise.all(bound.servers.map(closeServer));
    for (const server of bound.servers) server.closeIdleConnections();
    const cut = setTimeout(() => {
      for (const server of bound.servers) server.closeAllConnections();
    }, CLOSE_GRACE_MS);
    await closed;
    clearTimeout(cut);
  };
  return { port: bound.port, addresses: bound.addresses, close, [Symbol.asyncDispose]: close };
}

function httpServer(options: ListenHttpOptions): Server {
  const listener = getRequestListener(options.fetch, { overrideGlobalObjects: false });
  // Streaming produce keeps one request open for hours, so only the head of a request has a time limit.
  const limits = { headersTimeout: HTTP_HEADERS_TIMEOUT_MS, requestTimeout: 0, noDelay: true, keepAlive: true };
  const server = createServer(limits, (request, response) => void listener(request, response));
  server.maxConnections = HTTP_CONNECTIONS_MAX;
  return server;
}
