import type { BrokerDescription } from "@streambed/client";
import type { Context, Hono } from "hono";
import { notFound } from "../errors.ts";
import { numberSegment } from "../http/numbers.ts";
import { type Proxy, segment, v3Json } from "../proxy.ts";
import { toConfig } from "./configs.ts";
import { type Resources, resourcesOf } from "./resources.ts";

const BROKERS = "/v3/clusters/:cluster/brokers";

/** Brokers and their configs. */
export function brokerRoutes(app: Hono, proxy: Proxy): void {
  app.get(BROKERS, async (c) => {
    const at = await resourcesOf(c, proxy);
    const { brokers } = await proxy.clusterId.describe();
    return v3Json(
      c,
      at.list(
        "KafkaBrokerList",
        ["brokers"],
        brokers.map((broker) => toBroker(at, broker)),
      ),
    );
  });

  app.get(`${BROKERS}/:broker`, async (c) => {
    const at = await resourcesOf(c, proxy);
    return v3Json(c, toBroker(at, await brokerOf(c, proxy)));
  });

  app.get(`${BROKERS}/:broker/configs`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const configs = await brokerConfigs(c, at, proxy);
    const segments = ["brokers", segment(c, "broker"), "configs"];
    return v3Json(
      c,
      at.list(
        "KafkaBrokerConfigList",
        segments,
        configs.map((config) => config.body),
      ),
    );
  });

  app.get(`${BROKERS}/:broker/configs/:name`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const name = segment(c, "name");
    const config = (await brokerConfigs(c, at, proxy)).find((candidate) => candidate.name === name);
    if (config === undefined) throw notFound(`HTTP 404 Not Found. Brokers have no config '${name}'.`);
    return v3Json(c, config.body);
  });
}

async function brokerOf(c: Context, proxy: Proxy): Promise<BrokerDescription> {
  const id = numberSegment(segment(c, "broker"));
  const { brokers } = await proxy.clusterId.describe();
  const broker = brokers.find((candidate) => candidate.nodeId === id);
  if (broker !== undefined) return broker;
  throw notFound("HTTP 404 Not Found. GET /v3/clusters/{cluster_id}/brokers lists the brokers there are.");
}

function toBroker(at: Resources, broker: BrokerDescription): object {
  return {
    ...at.head("KafkaBroker", ["brokers", broker.nodeId], [["broker", broker.nodeId]]),
    broker_id: broker.nodeId,
    host: broker.host,
    port: broker.port,
    rack: broker.rack,
    configs: at.related("brokers", broker.nodeId, "configs"),
    partition_replicas: at.related("brokers", broker.nodeId, "partition-replicas"),
  };
}

interface NamedBody {
  readonly name: string;
  readonly body: object;
}

async function brokerConfigs(c: Context, at: Resources, proxy: Proxy): Promise<readonly NamedBody[]> {
  const { nodeId } = await brokerOf(c, proxy);
  const [described] = await proxy.client.admin.describeConfigs([{ type: "broker", name: String(nodeId) }], {
    includeSynonyms: true,
  });
  if (described?.ok === false) throw described.error;
  return (described?.configs ?? []).map((config) => ({
    name: config.name,
    body: {
      ...at.head(
        "KafkaBrokerConfig",
        ["brokers", nodeId, "configs", config.name],
        [
          ["broker", nodeId],
          ["config", config.name],
        ],
      ),
      broker_id: nodeId,
      ...toConfig(config),
    },
  }));
}
