import { createBroker, inProcessTransport, serveConnection, type Broker } from "@streambed/broker";
import { createClient } from "@streambed/client";
import { type Logger, systemClock, systemRandom } from "@streambed/kernel";
import { openShardLog } from "@streambed/log-storage";
import { defaultCodecs } from "@streambed/protocol";
import type { RestProxy } from "@streambed/rest-proxy";
import { checkBind, listenHttp, listenKafka, nodeCodecs } from "@streambed/runtime-node";
import { advertised, type Advertised } from "./advertise.ts";
import { openBucket } from "./open-bucket.ts";
import type { ServeOptions } from "./serve-options.ts";

/** A server that answers. */
export interface RunningServer {
  readonly clusterId: string;
  /** Where data is kept, for messages. */
  readonly store: string;
  readonly kafka: Advertised;
  readonly http: Advertised;
  /** Takes no more requests, answers those under way, writes out what is queued. */
  close(): Promise<void>;
}

/**
 * Puts a server together: doors first, so that a taken port is known at once, then the bucket, the log, the broker and
 * the REST proxy. Whatever was opened is closed again when a later step fails.
 */
export async function startServer(options: ServeOptions, logger: Logger): Promise<RunningServer> {
  checkBind(options.host, options);
  await using opened = new AsyncDisposableStack();
  const clock = systemClock();
  const random = systemRandom();
  const codecs = { ...defaultCodecs, ...nodeCodecs() };
  const { host } = options;

  // Connections that come before the broker is there wait for it.
  const brokerReady = Promise.withResolvers<Broker>();
  brokerReady.promise.catch(() => undefined);
  opened.defer(() => brokerReady.reject(new Error("the server stopped before it was ready")));
  const restReady = Promise.withResolvers<RestProxy>();
  restReady.promise.catch(() => undefined);
  opened.defer(() => restReady.reject(new Error("the server stopped before it was ready")));
  const kafkaDoor = await listenKafka({
    host,
    port: options.kafkaPort,
    portFlag: "--kafka-port",
    onConnection: async (duplex) => serveConnection(await brokerReady.promise, duplex),
    logger,
  });
  opened.use(kafkaDoor);
  const httpDoor = await listenHttp({
    host,
    port: options.httpPort,
    portFlag: "--http-port",
    fetch: async (request, env) => (await restReady.promise).fetch(request, env),
  });
  opened.use(httpDoor);

  const bucket = await openBucket(options.store, { clock, random });
  opened.use(bucket);
  const { store, clusterId } = bucket;
  const log = await openShardLog({ store, clock, random, logger });
  opened.defer(() => log.close());
  const kafka = advertised(options, kafkaDoor);
  const settings = { ...options.broker, advertisedHost: kafka.host, advertisedPort: kafka.port };
  const broker = createBroker({ log, clusterId, codecs, clock, random, logger }, settings);
  brokerReady.resolve(broker);

  const transport = inProcessTransport(broker);
  const client = createClient({ transport, bootstrap: [kafka], clientId: "rest-proxy", codecs, clock, random, logger });
  const { createRestProxy } = await import("@streambed/rest-proxy");
  const rest = createRestProxy({ client, clock, random, logger });
  restReady.resolve(rest);

  opened.defer(async () => {
    // Doors take nothing new; then waits end (long polls, joins), so that their answers leave; then connections close.
    const doors = Promise.all([kafkaDoor.close(), httpDoor.close()]);
    await rest.close();
    await client.close();
    await broker.close();
    await doors;
  });
  const running = opened.move();
  const http = { host: kafka.host, port: httpDoor.port };
  return { clusterId, store: store.description, kafka, http, close: () => running.disposeAsync() };
}
