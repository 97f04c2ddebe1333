import type { Hono } from "hono";
import type { Proxy } from "../proxy.ts";
import { consumerRoutes } from "./consumers.ts";
import { positionRoutes } from "./positions.ts";
import { produceRoutes } from "./produce.ts";
import { recordRoutes } from "./records.ts";
import { brokerRoutes, rootRoutes } from "./root.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { topicRoutes } from "./topics.ts";

/** All of API v2. */
export function routes(app: Hono, proxy: Proxy): void {
  rootRoutes(app);
  brokerRoutes(app, proxy);
  topicRoutes(app, proxy);
  produceRoutes(app, proxy);
  consumerRoutes(app, proxy);
  subscriptionRoutes(app, proxy);
  positionRoutes(app, proxy);
  recordRoutes(app, proxy);
}
