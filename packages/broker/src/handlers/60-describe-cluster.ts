import { code } from "../kafka-error.ts";
import { ALL_CLUSTER_OPERATIONS, NOT_REQUESTED } from "../topics/authorized-operations.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

/** DescribeCluster: the brokers, and which of them is the controller. */
export const describeClusterHandler: AnyHandler = handler({
  name: "DescribeCluster",
  handle(request, { broker, version }) {
    const { cluster, clusterId } = broker;
    const endpointType = version === 0 ? BROKERS : request.endpointType;
    if (endpointType !== BROKERS) {
      const errorName = endpointType === CONTROLLERS ? "MISMATCHED_ENDPOINT_TYPE" : "UNSUPPORTED_ENDPOINT_TYPE";
      const errorMessage = `This endpoint describes brokers, not endpoint type ${endpointType}.`;
      return {
        throttleTimeMs: 0,
        errorCode: code(errorName),
        errorMessage,
        endpointType: BROKERS,
        clusterId: "",
        controllerId: -1,
        brokers: [],
      };
    }
    return {
      throttleTimeMs: 0,
      errorCode: code("NONE"),
      errorMessage: null,
      endpointType: BROKERS,
      clusterId,
      controllerId: cluster.controllerId,
      brokers: cluster.brokers.map(({ nodeId: brokerId, host, port, rack }) => ({ brokerId, host, port, rack })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? ALL_CLUSTER_OPERATIONS : NOT_REQUESTED,
    };
  },
});
