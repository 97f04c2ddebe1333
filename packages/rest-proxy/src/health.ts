import { messageOf } from "@streambed/kernel";
import type { Hono } from "hono";
import { HEALTH_TIMEOUT_MS } from "./limits.ts";
import type { Proxy } from "./proxy.ts";

/** `GET /health`: 200 when a broker answers, 503 with the reason when none does. */
export function healthRoutes(app: Hono, proxy: Proxy): void {
  app.get("/health", async (c) => {
    const late = new AbortController();
    const cancel = proxy.clock.schedule(HEALTH_TIMEOUT_MS, () =>
      late.abort(new Error(`no broker answered within ${HEALTH_TIMEOUT_MS} ms`)),
    );
    try {
      const { clusterId, brokers } = await proxy.client.admin.describeCluster({ signal: late.signal });
      return c.json({ status: "ok", cluster_id: clusterId, brokers: brokers.length });
    } catch (thrown) {
      return c.json({ status: "unavailable", reason: messageOf(thrown) }, 503);
    } finally {
      cancel();
    }
  });
}
