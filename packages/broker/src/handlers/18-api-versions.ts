import type { ApiTypes } from "@streambed/protocol";
import { API_KEYS } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Response = ApiTypes["ApiVersions"]["responseInput"];

/** KIP-511: starts and ends with a letter or digit, dots and dashes between. */
const SOFTWARE_PATTERN = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/** ApiVersions: what this broker serves. Served before login and on every connection first. */
export const apiVersionsHandler: AnyHandler = handler({
  name: "ApiVersions",
  handle(request, { broker, version }) {
    if (version >= 3) {
      const { clientSoftwareName, clientSoftwareVersion } = request;
      if (!SOFTWARE_PATTERN.test(clientSoftwareName) || !SOFTWARE_PATTERN.test(clientSoftwareVersion)) {
        return { errorCode: code("INVALID_REQUEST"), apiKeys: [] };
      }
    }
    if (version >= 5) {
      const errorCode = checkTarget(request, broker);
      if (errorCode !== code("NONE")) return { errorCode, apiKeys: [] };
    }
    return { errorCode: code("NONE"), apiKeys: broker.apiVersions, ...FEATURES };
  },
});

/**
 * Groups of KIP-848, transactions and share groups are not served yet, so no feature is finalized: clients then use
 * the classic protocols.
 */
const FEATURES: Pick<Response, "finalizedFeaturesEpoch" | "finalizedFeatures" | "supportedFeatures"> = {
  finalizedFeaturesEpoch: 0n,
  finalizedFeatures: [],
  supportedFeatures: [],
};

/** KIP-1242: a client that reached another node than it meant to is told to start over. */
function checkTarget(request: ApiTypes["ApiVersions"]["request"], broker: BrokerCore): number {
  const { clusterId, nodeId } = request;
  const hasNode = nodeId !== -1;
  if ((clusterId !== null) !== hasNode) return code("INVALID_REQUEST");
  if (clusterId === null) return code("NONE");
  const matches = clusterId === broker.clusterId && nodeId === broker.settings.nodeId;
  return matches ? code("NONE") : code("REBOOTSTRAP_REQUIRED");
}

/** The answer to a version nobody here knows, in version 0: only the range of ApiVersions, so that the client can retry. */
export function unsupportedApiVersions(broker: BrokerCore): Response {
  const apiKeys = broker.apiVersions.filter(({ apiKey }) => apiKey === API_KEYS.ApiVersions);
  return { errorCode: code("UNSUPPORTED_VERSION"), apiKeys };
}
