import { code } from "../kafka-error.ts";
import { ALL_CLUSTER_OPERATIONS, NOT_REQUESTED } from "../topics/authorized-operations.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

/** DescribeCluster: this process is the whole cluster until ownership is shared. */
export const describeClusterHandler: AnyHandler = handler({
  name: "DescribeCluster",
  handle(request, { broker, version }) {
    const { settings, clusterId } = broker;
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
      controllerId: settings.nodeId,
      brokers: [
        { brokerId: settings.nodeId, host: settings.advertisedHost, port: settings.advertisedPort, rack: null },
      ],
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? ALL_CLUSTER_OPERATIONS : NOT_REQUESTED,
    };
  },
});
