import type { Client } from "@streambed/client";
import { type RestSettings, restSettings } from "@streambed/contracts";
import { type Clock, type Logger, messageOf, type Random } from "@streambed/kernel";
import { type Context, Hono } from "hono";
import { createClusterId } from "./cluster-id.ts";
import { memoryInstances } from "./consumer-instances/memory-instances.ts";
import type { ConsumerInstances } from "./consumer-instances/port.ts";
import { healthRoutes } from "./health.ts";
import { allowOrigin, preflight } from "./http/cors.ts";
import { JSON_TYPE, V2_TYPE } from "./http/media-types.ts";
import type { Proxy } from "./proxy.ts";
import { RestError, toRestError } from "./rest-error.ts";
import * as v2 from "./v2/routes.ts";
import * as v3 from "./v3/routes.ts";

/** Kafka's default of `buffer.memory`. */
const BUFFER_BYTES_MIN = 33_554_432;

/** What {@link createRestProxy} is made of. */
export interface RestProxyOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings?: Partial<RestSettings>;
  /** Where consumer instances live; this process by default. */
  readonly consumerInstances?: ConsumerInstances;
}

/** The REST proxy as a fetch handler. */
export interface RestProxy extends AsyncDisposable {
  /** `env` is what the runtime hands over; on Node, the raw request in it serves GET requests with a body. */
  readonly fetch: (request: Request, env?: object) => Promise<Response>;
  /** Ends consumer instances and flushes the producer; the client is the caller's to close. Safe to call twice. */
  close(): Promise<void>;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/**
 * Confluent's REST Proxy API, v2 and v3, over a Kafka client.
 *
 * @throws ZodError for settings that are out of range
 */
export function createRestProxy(options: RestProxyOptions): RestProxy {
  const proxy = createProxy(options);
  const app = createApp(proxy);
  const origins = proxy.settings.corsOrigins;
  const close = async (): Promise<void> => {
    await proxy.instances.close();
    await proxy.producer.close();
  };
  return {
    async fetch(request, env) {
      const answer = preflight(request, origins) ?? (await app.fetch(request, env));
      return allowOrigin(request, answer, origins);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createProxy(options: RestProxyOptions): Proxy {
  const { client, clock, random, logger } = options;
  const settings = restSettings.parse(options.settings ?? {});
  const instances =
    options.consumerInstances ??
    memoryInstances({
      client,
      clock,
      random,
      logger,
      timeoutMs: settings.consumerInstanceTimeoutMs,
      instancesMax: settings.consumerInstancesMax,
      serverId: settings.serverId,
    });
  // How large a record may be is for the topic to say (`max.message.bytes`); the proxy only bounds its own requests.
  const { requestBytesMax, produceMaxBlockMs } = settings;
  const producer = client.producer({
    maxRequestSize: requestBytesMax,
    bufferMemory: Math.max(requestBytesMax, BUFFER_BYTES_MIN),
    maxBlockMs: produceMaxBlockMs,
    lingerMs: 0,
  });
  return { client, producer, instances, clusterId: createClusterId(client), clock, logger, settings };
}

function createApp(proxy: Proxy): Hono {
  const app = new Hono({ strict: false });
  healthRoutes(app, proxy);
  if (proxy.settings.v2Enabled) v2.routes(app, proxy);
  if (proxy.settings.v3Enabled) v3.routes(app, proxy);
  app.notFound((c) => errorResponse(c, noRoute(app, c)));
  app.onError((thrown, c) => {
    const error = toRestError(thrown);
    if (error.status >= 500) {
      const cause = { method: c.req.method, path: c.req.path, reason: messageOf(thrown) };
      proxy.logger.log(error.status === 500 ? "error" : "warn", "rest_request_failed", cause);
    }
    return errorResponse(c, error);
  });
  return app;
}

/** 405 when the path exists for another method, else 404. */
function noRoute(app: Hono, c: Context): RestError {
  const allowed = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
  if (allowed.length === 0) {
    return new RestError(
      404,
      404,
      "HTTP 404 Not Found. No such route; GET /v3/clusters and GET /topics are the ways in.",
    );
  }
  c.header("allow", allowed.join(", "));
  return new RestError(405, 405, `HTTP 405 Method Not Allowed. This route takes ${allowed.join(", ")}.`);
}

/** Errors are always told in the type of their API, whatever the client accepts. */
function errorResponse(c: Context, error: RestError): Response {
  const isV3 = c.req.path.startsWith("/v3/") || c.req.path === "/v3";
  const plain = isV3 || c.req.header("accept") === JSON_TYPE;
  c.header("content-type", plain ? JSON_TYPE : V2_TYPE);
  return c.body(JSON.stringify({ error_code: error.errorCode, message: error.message }), {
    // The table of errors holds HTTP statuses only.
    status: error.status as 400,
  });
}
