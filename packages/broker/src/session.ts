import { ByteReader, ByteWriter, messageOf, StreambedError } from "@streambed/kernel";
import { apiByKey, API_KEYS, readRequestHeader, writeResponseHeader } from "@streambed/protocol";
import type { ApiDescription } from "@streambed/protocol";
import type { BrokerCore } from "./broker-core.ts";
import { FORWARDER, isForController, routeRequest } from "./forwarding.ts";
import { unsupportedApiVersions } from "./handlers/18-api-versions.ts";
import type { AnyHandler, RequestContext } from "./handlers/handler.ts";
import { meterRequest } from "./request-meter.ts";

/** What becomes of a request frame: bytes to send, nothing (acks=0), or the end of the connection. */
export type FrameAnswer =
  | { readonly kind: "reply"; readonly chunks: readonly Uint8Array[] }
  | { readonly kind: "no-reply" }
  | { readonly kind: "close"; readonly reason: string };

/** One client connection's view of the broker. */
export interface Session {
  /**
   * Handles one request frame (without its length). Frames must be handed over in order of arrival; they are worked on
   * concurrently, and whoever sends the answers keeps them in order. Never rejects.
   */
  handle(frame: Uint8Array): Promise<FrameAnswer>;
  /** Ends waits of this connection. */
  close(): void;
}

/** Opens a session. `handlers` is keyed by API key. */
export function openSession(
  broker: BrokerCore,
  handlers: ReadonlyMap<number, AnyHandler>,
  peer: { readonly remoteHost: string },
): Session {
  const ended = new AbortController();
  let isForwarded = false;
  const closing = (reason: string): FrameAnswer => {
    broker.logger.log("debug", "connection-refused", { reason, peer: peer.remoteHost });
    return { kind: "close", reason };
  };

  const handle = async (frame: Uint8Array): Promise<FrameAnswer> => {
    try {
      const reader = new ByteReader(frame);
      const { header, api } = readRequestHeader(reader);
      const served = api === undefined ? undefined : handlers.get(api.apiKey);
      if (api === undefined || served === undefined) return closing(`API key ${header.requestApiKey} is not served`);
      const version = header.requestApiVersion;
      const { correlationId } = header;
      if (!isAdvertised(broker, api, version)) {
        if (api.apiKey !== API_KEYS.ApiVersions) return closing(`${api.name} version ${version} is not served`);
        return encode(api, { version: 0, correlationId }, unsupportedApiVersions(broker));
      }
      // Nothing is awaited for other requests: the order of appends is the order in which they come.
      if (isForController(broker, api.apiKey)) {
        const routed = await routeRequest(broker, { frame, isForwarded });
        if (routed === "not-controller") return closing("this broker is not the controller");
        if (routed !== "here") return { kind: "reply", chunks: [routed] };
      }
      const meterAnswer = meterRequest(broker, api.name, frame.length);
      const request = api.decodeRequest(reader, version);
      isForwarded ||= "clientSoftwareName" in request && request.clientSoftwareName === FORWARDER;
      // Bytes behind the request are ignored, as Kafka does: librdkafka 2.15 sends some behind Metadata.
      const clientId = header.clientId ?? "";
      const context: RequestContext = { broker, version, clientId, clientHost: peer.remoteHost, signal: ended.signal };
      const answer = await served.handle(request, context);
      if (typeof answer === "string") {
        meterAnswer([]);
        return answer === "no-reply" ? { kind: "no-reply" } : closing(`${api.name} ended the connection`);
      }
      const reply = encode(api, { version, correlationId }, answer);
      meterAnswer(reply.chunks);
      return reply;
    } catch (error) {
      if (error instanceof StreambedError && error.kind === "corrupt") return closing(error.message);
      if (!ended.signal.aborted)
        broker.logger.log("error", "request-failed", { error: messageOf(error), stack: stackOf(error) });
      return { kind: "close", reason: messageOf(error) };
    }
  };
  return { handle, close: () => ended.abort(new Error("the connection ended")) };
}

function isAdvertised(broker: BrokerCore, api: ApiDescription, version: number): boolean {
  if (apiByKey(api.apiKey) === undefined) return false;
  const range = broker.apiVersions.find(({ apiKey }) => apiKey === api.apiKey);
  // Produce is listed from 0 for old librdkafka's sake, but its codecs begin at 3.
  return range !== undefined && version >= Math.max(range.minVersion, api.minVersion) && version <= range.maxVersion;
}

function encode(
  api: ApiDescription,
  header: { version: number; correlationId: number },
  body: object,
): Extract<FrameAnswer, { kind: "reply" }> {
  const writer = new ByteWriter();
  writeResponseHeader(writer, api, header);
  api.encodeResponse(writer, body, header.version);
  return { kind: "reply", chunks: writer.chunks() };
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
