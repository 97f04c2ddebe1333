import type { Hono } from "hono";
import type { Proxy } from "../proxy.ts";
import { brokerRoutes } from "./brokers.ts";
import { clusterRoutes } from "./clusters.ts";
import { topicConfigRoutes } from "./configs.ts";
import { consumerGroupRoutes } from "./consumer-groups.ts";
import { lagRoutes } from "./lags.ts";
import { partitionRoutes } from "./partitions.ts";
import { readRecordRoutes } from "./read-records.ts";
import { recordBatchRoutes } from "./record-batch.ts";
import { recordRoutes } from "./records.ts";
import { topicRoutes } from "./topics.ts";

/** All of API v3. */
export function routes(app: Hono, proxy: Proxy): void {
  clusterRoutes(app, proxy);
  brokerRoutes(app, proxy);
  topicRoutes(app, proxy);
  topicConfigRoutes(app, proxy);
  partitionRoutes(app, proxy);
  recordRoutes(app, proxy);
  recordBatchRoutes(app, proxy);
  readRecordRoutes(app, proxy);
  consumerGroupRoutes(app, proxy);
  lagRoutes(app, proxy);
}
