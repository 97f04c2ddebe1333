import { API_KEYS } from "@streambed/protocol";
import type { BrokerCore } from "./broker-core.ts";

/** Requests that only the controller can answer; other brokers hand them on, as Kafka's do. */
const CONTROLLER_APIS: ReadonlySet<number> = new Set([
  API_KEYS.CreateTopics,
  API_KEYS.DeleteTopics,
  API_KEYS.InitProducerId,
  API_KEYS.AlterConfigs,
  API_KEYS.CreatePartitions,
  API_KEYS.IncrementalAlterConfigs,
]);

/** What a broker calls itself to another one in ApiVersions: what it sends then is not handed on once more. */
export const FORWARDER = "streambed-broker";

/** Whether a request has to go to the controller, and that may be another broker. */
export function isForController({ cluster }: BrokerCore, apiKey: number): boolean {
  return cluster.controller !== undefined && CONTROLLER_APIS.has(apiKey);
}

/** What becomes of a request that may be another broker's. */
export type Routed = "here" | "not-controller" | Uint8Array;

/** Hands a request to the controller when it is another broker. `isForwarded`: it has been handed on already. */
export async function routeRequest(
  { cluster, settings }: BrokerCore,
  request: { readonly frame: Uint8Array; readonly isForwarded: boolean },
): Promise<Routed> {
  // Two brokers that take each other for the controller must not pass requests to and fro.
  if (request.isForwarded) return cluster.controllerId === settings.nodeId ? "here" : "not-controller";
  return (await cluster.controller?.forward(request.frame)) ?? "here";
}
