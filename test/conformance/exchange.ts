import { ByteReader, ByteWriter, concatBytes } from "@streambed/kernel";
import { apiByName, readResponseHeader, writeRequestHeader } from "@streambed/protocol";
import type { ApiName } from "@streambed/protocol";
import type { Incoming, RawConnection } from "./raw-connection.ts";

/** Client id of every request; group members get ids that begin with it. */
export const CLIENT_ID = "conformance";

let lastCorrelationId = 0;

/** The bytes of a request, without the frame's length. */
export function requestFrame(api: ApiName, version: number, request: object): Uint8Array {
  const description = apiByName(api);
  const writer = new ByteWriter();
  writeRequestHeader(writer, description, { version, correlationId: ++lastCorrelationId, clientId: CLIENT_ID });
  description.encodeRequest(writer, request, version);
  return concatBytes(writer.chunks()).slice();
}

/** Decodes an answer; the end of the connection and silence are answers, too. */
export function decodeAnswer(api: ApiName, version: number, incoming: Incoming): unknown {
  if (typeof incoming === "string") return incoming;
  const description = apiByName(api);
  const reader = new ByteReader(incoming);
  readResponseHeader(reader, description, version);
  const answer = description.decodeResponse(reader, version);
  if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes follow the answer of ${api} ${version}`);
  return answer;
}

/** One request and its answer. */
export async function exchange(
  connection: RawConnection,
  api: ApiName,
  version: number,
  request: object,
): Promise<unknown> {
  connection.sendFrame(requestFrame(api, version, request));
  return decodeAnswer(api, version, await connection.next());
}

/** Sends a request that has no answer. The question after it tells silence from the end of the connection. */
export async function exchangeSilent(
  connection: RawConnection,
  api: ApiName,
  version: number,
  request: object,
): Promise<"no answer" | "closed" | "silent"> {
  connection.sendFrame(requestFrame(api, version, request));
  connection.sendFrame(requestFrame("ApiVersions", 0, {}));
  const next = await connection.next();
  return typeof next === "string" ? next : "no answer";
}
