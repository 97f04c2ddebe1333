import { API_VERSIONS } from "../apis/core-apis.ts";
import { codeError } from "../errors.ts";
import type { VersionRange } from "./api.ts";
import type { BrokerConnection, RequestOptions } from "./broker-connection.ts";

const UNSUPPORTED_VERSION_CODE = 35;
const SOFTWARE = { clientSoftwareName: "streambed", clientSoftwareVersion: "0.1.0" };

/** Asks which versions a broker has and tells the connection. */
export async function negotiateVersions(connection: BrokerConnection, options: RequestOptions): Promise<void> {
  let response = await ask(connection, options);
  if (response.errorCode === UNSUPPORTED_VERSION_CODE) {
    // The refusal comes in the layout of version 0 and says which versions of ApiVersions there are (KIP-511).
    const offered = response.apiKeys.find((range) => range.apiKey === API_VERSIONS.key)?.maxVersion ?? 0;
    response = await ask(connection, { ...options, maxVersion: Math.min(offered, API_VERSIONS.maxVersion - 1) });
  }
  if (response.errorCode !== 0) throw codeError(response.errorCode, "ApiVersions");
  connection.learnVersions(
    new Map<number, VersionRange>(
      response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { minVersion, maxVersion }]),
    ),
  );
}

type Answer = ReturnType<typeof API_VERSIONS.decodeResponse>;

function ask(connection: BrokerConnection, options: RequestOptions): Promise<Answer> {
  return connection.request(API_VERSIONS_ANY_LAYOUT, (version) => (version >= 3 ? SOFTWARE : {}), options);
}

/** ApiVersions whose refusal is read in version 0, whatever version was asked. */
const API_VERSIONS_ANY_LAYOUT: typeof API_VERSIONS = {
  ...API_VERSIONS,
  decodeResponse(reader, version) {
    const start = reader.position;
    const refused = reader.int16() === UNSUPPORTED_VERSION_CODE;
    reader.position = start;
    return API_VERSIONS.decodeResponse(reader, refused ? 0 : version);
  },
};
