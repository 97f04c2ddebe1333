import type { Connection, Transport } from "@streambed/client";
import { ByteReader, ByteWriter, concatBytes, messageOf, sleep } from "@streambed/kernel";
import type { Clock, Logger } from "@streambed/kernel";
import type { PartitionedLog } from "@streambed/log-storage";
import { apiByName, errorName, readResponseHeader, writeRequestHeader } from "@streambed/protocol";
import type { ApiName, ApiTypes } from "@streambed/protocol";
import { FORWARDER } from "./forwarding.ts";
import type { ItemError } from "./kafka-error.ts";
import { FORWARD_ANSWER_MS_MAX, FORWARD_PAUSE_MS, FORWARD_SEARCH_MS_MAX } from "./limits.ts";
import type { ClusterBroker, ClusterView, ControllerLink } from "./ports/cluster-view.ts";
import type { TopicSpec } from "./topics/create-topic.ts";

/** What the way to the controller needs. */
export interface ControllerLinkParts {
  readonly self: number;
  readonly view: Pick<ClusterView, "brokers" | "controllerId" | "onChange">;
  /** Other brokers' Kafka doors. */
  readonly transport: Transport;
  readonly log: Pick<PartitionedLog, "verifyTail">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const API_VERSIONS_VERSION = 3;
const CREATE_TOPICS_VERSION = 7;

/**
 * Hands requests to whoever is the controller, over one connection. Answers come in the order of requests, so frames
 * travel as they are. When the controller changes meanwhile the request goes to the new one; it may then have been
 * carried out twice, as after every lost connection.
 */
export function controllerLink(parts: ControllerLinkParts): ControllerLink & { close(): void } {
  const { log } = parts;
  const road = new Road(parts);
  const forward = (frame: Uint8Array): Promise<Uint8Array | undefined> => forwardFrame(parts, road, frame);
  return {
    forward,
    close: () => road.close(),
    async createTopic({ name, partitions, replicationFactor, configs }: TopicSpec) {
      const wanted = { name, numPartitions: partitions, replicationFactor, assignments: [] };
      const topic = { ...wanted, configs: [...configs].map(([key, value]) => ({ name: key, value })) };
      const version = CREATE_TOPICS_VERSION;
      const answer = await forward(encode("CreateTopics", version, { topics: [topic], timeoutMs: 30_000 }));
      if (answer === undefined) return "here";
      const [result] = decode("CreateTopics", version, answer).topics;
      const problem = result === undefined ? undefined : problemOf(result);
      // Whoever made it: the topic is in the log now.
      await log.verifyTail([]).catch(() => undefined);
      return problem;
    },
  };
}

async function forwardFrame(
  parts: ControllerLinkParts,
  road: Road,
  frame: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { self, view, clock, logger } = parts;
  const untilMs = clock.elapsed() + FORWARD_SEARCH_MS_MAX;
  for (;;) {
    if (view.controllerId === self) return undefined;
    const controller = view.brokers.find(({ nodeId }) => nodeId === view.controllerId);
    try {
      if (controller !== undefined) return await road.exchange(controller, frame);
    } catch (error) {
      logger.log("debug", "forward-failed", { error: messageOf(error) });
    }
    if (clock.elapsed() >= untilMs) return undefined;
    await sleep(clock, FORWARD_PAUSE_MS);
  }
}

/** The one connection to the present controller. */
class Road {
  readonly #parts: ControllerLinkParts;
  #to: ClusterBroker | undefined;
  #connecting: Promise<Connection> | undefined;

  constructor(parts: ControllerLinkParts) {
    this.#parts = parts;
  }

  /** Rejects when the connection ends, the answer takes too long, or somebody else becomes the controller. */
  async exchange(controller: ClusterBroker, frame: Uint8Array): Promise<Uint8Array> {
    const { view, clock } = this.#parts;
    const stop = new AbortController();
    const cancel = clock.schedule(FORWARD_ANSWER_MS_MAX, () => stop.abort(new Error("no answer in time")));
    const unlisten = view.onChange(() => {
      if (view.controllerId !== controller.nodeId) stop.abort(new Error("the controller has changed"));
    });
    try {
      const connection = await this.#connection(controller, stop.signal);
      return await connection.send([frame], { expectReply: true, signal: stop.signal });
    } catch (error) {
      if (this.#to?.nodeId === controller.nodeId) this.close();
      throw error;
    } finally {
      cancel();
      unlisten();
    }
  }

  close(): void {
    this.#connecting?.then(
      (connection) => connection.close(),
      () => undefined,
    );
    this.#connecting = undefined;
    this.#to = undefined;
  }

  #connection(to: ClusterBroker, signal: AbortSignal): Promise<Connection> {
    const isSame = this.#to?.host === to.host && this.#to.port === to.port && this.#to.nodeId === to.nodeId;
    if (!isSame) this.close();
    this.#to = to;
    this.#connecting ??= this.#connect(to, signal);
    return this.#connecting;
  }

  async #connect({ host, port }: ClusterBroker, signal: AbortSignal): Promise<Connection> {
    const connection = await this.#parts.transport.connect({ host, port }, signal);
    // Says who we are, so that the other one does not hand our requests on.
    const hello = { clientSoftwareName: FORWARDER, clientSoftwareVersion: "1" };
    await connection.send([encode("ApiVersions", API_VERSIONS_VERSION, hello)], { expectReply: true, signal });
    return connection;
  }
}

function problemOf({
  errorCode,
  errorMessage,
}: {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}): ItemError | undefined {
  if (errorCode === 0) return undefined;
  return { errorCode, errorMessage: errorMessage ?? errorName(errorCode) };
}

function encode<Name extends ApiName>(
  name: Name,
  version: number,
  request: ApiTypes[Name]["requestInput"],
): Uint8Array {
  const api = apiByName(name);
  const writer = new ByteWriter();
  writeRequestHeader(writer, api, { version, correlationId: 0, clientId: FORWARDER });
  api.encodeRequest(writer, request, version);
  return concatBytes(writer.chunks()).slice();
}

function decode<Name extends ApiName>(name: Name, version: number, frame: Uint8Array): ApiTypes[Name]["response"] {
  const api = apiByName(name);
  const reader = new ByteReader(frame);
  readResponseHeader(reader, api, version);
  // The codec of `name` made it.
  return api.decodeResponse(reader, version) as ApiTypes[Name]["response"];
}
