import type { Client, ClusterDescription } from "@streambed/client";
import { notFound } from "./errors.ts";

/** The id of the one cluster behind this proxy. */
export interface ClusterId {
  /** Asks once, then remembers: a cluster never changes its id. */
  get(): Promise<string>;
  /** @throws RestError 404 when the path names another cluster */
  check(clusterId: string): Promise<void>;
  /** Fresh description; its id is never null. */
  describe(): Promise<ClusterDescription & { readonly clusterId: string }>;
}

/** Remembers the cluster id of a client. */
export function createClusterId(client: Client): ClusterId {
  let known: string | undefined;
  const describe = async (): Promise<ClusterDescription & { readonly clusterId: string }> => {
    const cluster = await client.admin.describeCluster();
    known = cluster.clusterId ?? "";
    return { ...cluster, clusterId: known };
  };
  const get = async (): Promise<string> => known ?? (await describe()).clusterId;
  return {
    get,
    describe,
    async check(clusterId) {
      if (clusterId === (await get())) return;
      throw notFound(`Cluster ${clusterId} cannot be found. GET /v3/clusters lists the one behind this proxy.`);
    },
  };
}
