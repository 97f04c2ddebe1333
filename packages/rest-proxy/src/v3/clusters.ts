import type { ClusterDescription } from "@streambed/client";
import type { Hono } from "hono";
import { notFound } from "../errors.ts";
import { url } from "../links.ts";
import { type Proxy, segment, v3Json } from "../proxy.ts";
import { type Resources, resources } from "./resources.ts";

/** `GET /v3/clusters` and `GET /v3/clusters/{cluster}`. */
export function clusterRoutes(app: Hono, proxy: Proxy): void {
  app.get("/v3/clusters", async (c) => {
    const cluster = await proxy.clusterId.describe();
    const data = [toCluster(resources(c, proxy, cluster.clusterId), cluster)];
    return v3Json(c, {
      kind: "KafkaClusterList",
      metadata: { self: url(c, proxy, "v3", "clusters"), next: null },
      data,
    });
  });

  app.get("/v3/clusters/:cluster", async (c) => {
    const cluster = await proxy.clusterId.describe();
    if (cluster.clusterId !== segment(c, "cluster")) {
      throw notFound("HTTP 404 Not Found. GET /v3/clusters lists the cluster behind this proxy.");
    }
    return v3Json(c, toCluster(resources(c, proxy, cluster.clusterId), cluster));
  });
}

function toCluster(at: Resources, cluster: ClusterDescription): object {
  return {
    ...at.head("KafkaCluster", [], []),
    ...(cluster.controllerId < 0 ? {} : { controller: at.related("brokers", cluster.controllerId) }),
    acls: at.related("acls"),
    brokers: at.related("brokers"),
    broker_configs: at.related("broker-configs"),
    consumer_groups: at.related("consumer-groups"),
    topics: at.related("topics"),
    partition_reassignments: at.related("topics", "-", "partitions", "-", "reassignment"),
  };
}
