import { ByteReader, ByteWriter, StreambedError } from "@streambed/kernel";
import { type ApiName, type ApiTypes, APIS, readRequestHeader, writeResponseHeader } from "@streambed/protocol";
import type { Connection, Transport } from "../ports/transport.ts";
import { answerByDefault } from "./default-answers.ts";
import { ScriptedLog } from "./scripted-log.ts";

/** A request as the scripted cluster saw it. */
export interface SeenRequest<Name extends ApiName = ApiName> {
  readonly api: ApiName;
  readonly version: number;
  readonly nodeId: number;
  readonly request: ApiTypes[Name]["request"];
}

/** `close` drops the connection without an answer; `lose` acts, then drops it; `hang` never answers. */
export type Answer<Name extends ApiName> = ApiTypes[Name]["responseInput"] | "close" | "hang" | "lose" | "default";

type Handler<Name extends ApiName> = (seen: SeenRequest<Name>) => Answer<Name> | Promise<Answer<Name>>;

/** Brokers in memory that speak real bytes and can be told to misbehave. */
export class ScriptedCluster implements Transport {
  readonly nodes: Map<number, { host: string; port: number; up: boolean }> = new Map();
  readonly topics: Map<string, { topicId: string; logs: ScriptedLog[] }> = new Map();
  readonly seen: SeenRequest[] = [];
  /** Highest version offered, where it is not the newest. */
  readonly maxVersions: Map<ApiName, number> = new Map();
  readonly committed: Map<string, { offset: bigint; metadata: string | null }> = new Map();
  producerIds: bigint = 100n;
  readonly #handlers = new Map<ApiName, Handler<ApiName>[]>();

  constructor(nodeCount: number = 1) {
    for (let id = 0; id < nodeCount; id++) this.nodes.set(id, { host: `node${id}`, port: 9092, up: true });
  }

  addTopic(name: string, partitions: number = 1, leader: number = 0): readonly ScriptedLog[] {
    const logs = Array.from({ length: partitions }, () => new ScriptedLog(leader));
    const suffix = this.topics.size.toString().padStart(12, "0");
    this.topics.set(name, { topicId: `10000000-0000-4000-8000-${suffix}`, logs });
    return logs;
  }

  /** Answers the next request of this API; several handlers are used one after the other. */
  once<Name extends ApiName>(api: Name, handler: Handler<Name>): this {
    // The map holds handlers by name, so a handler only ever sees requests of its own API.
    this.#handlers.set(api, [...(this.#handlers.get(api) ?? []), handler as unknown as Handler<ApiName>]);
    return this;
  }

  requests<Name extends ApiName>(api: Name): readonly SeenRequest<Name>[] {
    // The name of the API decides the type of its request.
    return this.seen.filter((one) => one.api === api) as unknown as readonly SeenRequest<Name>[];
  }

  connect(address: { readonly host: string; readonly port: number }): Promise<Connection> {
    const [nodeId, node] = [...this.nodes].find(([, { host }]) => host === address.host) ?? [-1, undefined];
    if (node?.up !== true) return Promise.reject(unavailable("CONNECTION_REFUSED"));
    return Promise.resolve(this.#open(nodeId));
  }

  #open(nodeId: number): Connection {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const { promise: broken, reject: breakOff } = Promise.withResolvers<never>();
    broken.catch(() => undefined);
    void closed.then(() => breakOff(unavailable("CONNECTION_CLOSED")));
    let last: Promise<unknown> = Promise.resolve();
    return {
      closed,
      close,
      send: (frame, { expectReply }) => {
        const bytes = concat(frame);
        const answered = last.then(() => this.#answer(nodeId, bytes));
        last = answered.catch(() => undefined);
        const reply = answered.then((answer) => {
          if (answer !== null) return answer;
          close();
          throw unavailable("CONNECTION_CLOSED");
        });
        reply.catch(() => undefined);
        return expectReply ? Promise.race([reply, broken]) : Promise.resolve(new Uint8Array(0));
      },
    };
  }

  /** Null: drop the connection. */
  async #answer(nodeId: number, frame: Uint8Array): Promise<Uint8Array | null> {
    const reader = new ByteReader(frame);
    const { header, api } = readRequestHeader(reader);
    if (api === undefined) return null;
    const name = api.name as ApiName;
    const version = header.requestApiVersion;
    const readable = version <= (this.maxVersions.get(name) ?? api.maxVersion);
    const request = readable ? api.decodeRequest(reader, version) : {};
    const seen = { api: name, version, nodeId, request } as SeenRequest;
    this.seen.push(seen);
    const handler = this.#handlers.get(name)?.shift();
    let answer = (await handler?.(seen)) ?? "default";
    if (answer === "close") return null;
    if (answer === "hang") return new Promise<never>(() => undefined);
    const lose = answer === "lose";
    if (answer === "default" || answer === "lose") answer = answerByDefault(this, seen);
    if (lose) return null;
    const writer = new ByteWriter();
    writeResponseHeader(writer, api, { version: readable ? version : 0, correlationId: header.correlationId });
    api.encodeResponse(writer, answer, readable ? version : 0);
    return writer.finish();
  }

  /** What ApiVersions lists. */
  get offered(): readonly { apiKey: number; minVersion: number; maxVersion: number }[] {
    return APIS.map(({ apiKey, name, minVersion, maxVersion }) => ({
      apiKey,
      minVersion,
      maxVersion: this.maxVersions.get(name as ApiName) ?? maxVersion,
    }));
  }
}

function unavailable(code: string): StreambedError {
  return new StreambedError({ kind: "unavailable", code, message: `${code} in a test` });
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter();
  for (const chunk of chunks) writer.bytes(chunk);
  return writer.finish().slice();
}
