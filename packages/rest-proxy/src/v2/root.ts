import type { Hono } from "hono";
import { type Proxy, v2Json } from "../proxy.ts";

/** `GET` and `POST /`, for probes. */
export function rootRoutes(app: Hono): void {
  app.get("/", (c) => v2Json(c, {}));
  app.post("/", (c) => v2Json(c, {}));
}

/** `GET /brokers`. */
export function brokerRoutes(app: Hono, proxy: Proxy): void {
  app.get("/brokers", async (c) => {
    const { brokers } = await proxy.client.admin.describeCluster();
    return v2Json(c, { brokers: brokers.map((broker) => broker.nodeId).sort((left, right) => left - right) });
  });
}
