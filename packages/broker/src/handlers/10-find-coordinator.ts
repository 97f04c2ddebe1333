import type { ApiTypes, ErrorName } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Response = ApiTypes["FindCoordinator"]["responseInput"];
type Coordinator = NonNullable<Response["coordinators"]>[number];

const GROUP = 0;
const TRANSACTION = 1;
/** From this version on, one request names several keys and errors are inside each entry. */
const SEVERAL_KEYS_VERSION = 4;

/** FindCoordinator: this broker, once the topic that holds the groups is there. */
export const findCoordinatorHandler: AnyHandler = handler({
  name: "FindCoordinator",
  async handle(request, { broker, version }): Promise<Response> {
    const error = await availability(broker, request.keyType);
    const answer = (key: string): Coordinator => coordinator(broker, key, error);
    if (version >= SEVERAL_KEYS_VERSION) return { coordinators: request.coordinatorKeys.map(answer) };
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

function coordinator({ settings }: BrokerCore, key: string, error: ErrorName): Coordinator {
  const errorCode = code(error);
  if (error === "NONE") {
    const { nodeId, advertisedHost: host, advertisedPort: port } = settings;
    return { key, nodeId, host, port, errorCode, errorMessage: null };
  }
  const errorMessage = error === "INVALID_REQUEST" ? "There is no coordinator of this type." : null;
  return { key, nodeId: -1, host: "", port: -1, errorCode, errorMessage };
}
