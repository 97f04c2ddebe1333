import type { ApiTypes, ErrorName } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code } from "../kafka-error.ts";
import type { ClusterBroker } from "../ports/cluster-view.ts";
import { untilLed } from "../topics/until-led.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Response = ApiTypes["FindCoordinator"]["responseInput"];
type Coordinator = NonNullable<Response["coordinators"]>[number];

const GROUP = 0;
const TRANSACTION = 1;
/** From this version on, one request names several keys and errors are inside each entry. */
const SEVERAL_KEYS_VERSION = 4;

/** FindCoordinator: the leader of the key's partition, once the topic that holds the groups is there. */
export const findCoordinatorHandler: AnyHandler = handler({
  name: "FindCoordinator",
  async handle(request, { broker, version, signal }): Promise<Response> {
    const error = await availability(broker, request.keyType);
    const keys = version >= SEVERAL_KEYS_VERSION ? request.coordinatorKeys : [request.key];
    const isFound = (key: string): boolean => brokerFor(broker, request.keyType, key) !== undefined;
    if (error === "NONE") await untilLed(broker, () => keys.every(isFound), signal);
    const answer = (key: string): Coordinator => coordinator(broker, request.keyType, key, error);
    if (version >= SEVERAL_KEYS_VERSION) return { coordinators: keys.map(answer) };
    const { key: _key, ...only } = answer(request.key);
    return { ...only, coordinators: [] };
  },
});

async function availability(broker: BrokerCore, keyType: number): Promise<ErrorName> {
  if (keyType !== GROUP && keyType !== TRANSACTION) return "INVALID_REQUEST";
  if (keyType === TRANSACTION) return "NONE";
  try {
    await broker.groups.ensureTopic();
    return "NONE";
  } catch {
    // The store does not take the topic now; clients ask again.
    return "COORDINATOR_NOT_AVAILABLE";
  }
}

function coordinator(broker: BrokerCore, keyType: number, key: string, error: ErrorName): Coordinator {
  const found = error === "NONE" ? brokerFor(broker, keyType, key) : undefined;
  if (found !== undefined) {
    const { nodeId, host, port } = found;
    return { key, nodeId, host, port, errorCode: code("NONE"), errorMessage: null };
  }
  const errorCode = code(error === "NONE" ? "COORDINATOR_NOT_AVAILABLE" : error);
  const errorMessage = error === "INVALID_REQUEST" ? "There is no coordinator of this type." : null;
  return { key, nodeId: -1, host: "", port: -1, errorCode, errorMessage };
}

/** Transactions are coordinated by the controller, until they have partitions of their own. */
function brokerFor({ cluster, groups }: BrokerCore, keyType: number, key: string): ClusterBroker | undefined {
  const wanted = keyType === GROUP ? groups.coordinatorOf(key).nodeId : cluster.controllerId;
  return cluster.brokers.find(({ nodeId }) => nodeId === wanted);
}
