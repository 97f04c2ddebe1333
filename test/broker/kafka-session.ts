import type { Broker } from "@streambed/broker";
import { ByteReader, ByteWriter, concatBytes } from "@streambed/kernel";
import { apiByName, readResponseHeader, writeRequestHeader } from "@streambed/protocol";
import type { ApiName, ApiTypes } from "@streambed/protocol";

/** What a test sends to a broker and gets back, through the same bytes that a client uses. */
export interface KafkaSession {
  /** Rejects when the broker ends the connection instead of answering. */
  call<Name extends ApiName>(
    name: Name,
    version: number,
    request: ApiTypes[Name]["requestInput"],
  ): Promise<ApiTypes[Name]["response"]>;
  /** Sends a frame as it is. */
  raw(frame: Uint8Array): ReturnType<ReturnType<Broker["openSession"]>["handle"]>;
  /** The bytes of a request. */
  frame<Name extends ApiName>(name: Name, version: number, request: ApiTypes[Name]["requestInput"]): Uint8Array;
}

/** Opens a session on a broker in this process. */
export function kafkaSession(broker: Broker, clientId = "test"): KafkaSession {
  const session = broker.openSession({ remoteHost: "127.0.0.1" });
  let correlationId = 0;
  const frame: KafkaSession["frame"] = (name, version, request) => {
    const api = apiByName(name);
    const writer = new ByteWriter();
    writeRequestHeader(writer, api, { version, correlationId: ++correlationId, clientId });
    api.encodeRequest(writer, request, version);
    return concatBytes(writer.chunks()).slice();
  };
  return {
    frame,
    raw: (bytes) => session.handle(bytes),
    async call<Name extends ApiName>(name: Name, version: number, request: ApiTypes[Name]["requestInput"]) {
      const answer = await session.handle(frame(name, version, request));
      if (answer.kind !== "reply") throw new Error(`${name}: ${answer.kind === "close" ? answer.reason : "no reply"}`);
      const api = apiByName(name);
      const reader = new ByteReader(concatBytes(answer.chunks));
      readResponseHeader(reader, api, version);
      const response = api.decodeResponse(reader, version);
      if (reader.remaining !== 0) throw new Error(`${reader.remaining} bytes follow the answer of ${name}`);
      // The codec of `name` made it.
      return response as ApiTypes[Name]["response"];
    },
  };
}
