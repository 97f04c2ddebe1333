import type { ByteDuplex } from "@streambed/broker";
import { type Logger, systemClock, systemRandom } from "@streambed/kernel";
import { createRegistry, type MetricRegistry } from "@streambed/metrics";
import { checkBind, type Listening, listenHttp, listenKafka } from "@streambed/runtime-node";
import { advertised, type Advertised } from "./advertise.ts";
import { usableMemoryBytes } from "./hot-cache.ts";
import { lazyRest, type LazyRest } from "./lazy-rest.ts";
import type { MustEnd } from "./must-end.ts";
import { withMetrics } from "./metrics-door.ts";
import type { OpenBroker } from "./open-broker.ts";
import { watchProcess } from "./process-gauges.ts";
import type { ServeOptions } from "./serve-options.ts";
import type { Seat } from "./cluster/seat.ts";
import { version } from "./version.ts";

/** A server that answers. */
export interface RunningServer {
  readonly clusterId: string;
  /** Where data is kept, for messages. */
  readonly store: string;
  readonly kafka: Advertised;
  readonly http: Advertised;
  /** Number of this broker in a cluster, and of those it found there. */
  readonly cluster?: NonNullable<OpenBroker["cluster"]>;
  /** Takes no more requests, answers those under way, writes out what is queued. */
  close(): Promise<void>;
}

/** What the process around a server offers it. */
export interface ServerHost {
  readonly logger: Logger;
  readonly onMustEnd: MustEnd;
}

/**
 * Puts a server together: doors first, so that a taken port is known at once and early clients only wait; then the
 * bucket, the log and the broker. Whatever was opened is closed again when a later step fails.
 */
export async function startServer(options: ServeOptions, host: ServerHost): Promise<RunningServer> {
  checkBind(options.host, options);
  const { logger } = host;
  const meter = createRegistry();
  const system = {
    clock: systemClock(),
    random: systemRandom(),
    meter,
    memoryBytes: usableMemoryBytes(),
    ...host,
  };
  watchProcess(meter, { clock: system.clock, version: version(), priceList: options.priceList });
  const ready = Promise.withResolvers<OpenBroker>();
  // Connections wait for the broker; when there are none, nobody minds that it never came.
  ready.promise.catch(() => undefined);
  const rest = lazyRest({ broker: () => ready.promise, ...system });
  const seat = options.cluster ? (await import("./cluster/seat.ts")).takeSeat(system.random) : undefined;

  await using opened = new AsyncDisposableStack();
  opened.defer(() => ready.reject(new Error("the server stopped before it was ready")));
  const { kafka, http } = await openDoors(options, { ready: ready.promise, rest, seat, logger, meter });
  opened.use(kafka);
  opened.use(http);
  // Loaded behind open doors: these are most of the modules.
  const { openBroker } = await import("./open-broker.ts");
  const address = advertised(options, kafka);
  const httpAddress = { host: address.host, port: http.port };
  const parts = { address, ...system };
  const open = opened.use(await (seat?.open(options, httpAddress, parts) ?? openBroker(options, parts)));
  ready.resolve(open);
  opened.defer(async () => {
    await open.leave?.();
    // Doors take nothing new; then waits end (long polls, joins), so that their answers leave; then connections close.
    const doors = Promise.all([kafka.close(), http.close()]);
    await rest.close();
    await open.broker.close();
    await doors;
  });
  const running = opened.move();
  const { clusterId, store, cluster } = open;
  const facts = { clusterId, store, ...(cluster === undefined ? {} : { cluster }) };
  return { ...facts, kafka: address, http: httpAddress, close: () => running.disposeAsync() };
}

interface Behind {
  readonly ready: Promise<OpenBroker>;
  readonly rest: LazyRest;
  readonly seat: Seat | undefined;
  readonly logger: Logger;
  readonly meter: MetricRegistry;
}

async function openDoors(options: ServeOptions, behind: Behind): Promise<Record<"kafka" | "http", Listening>> {
  const { host, kafkaPort, httpPort } = options;
  const { ready, rest, seat, logger, meter } = behind;
  const kafka = await listenKafka({
    host,
    port: kafkaPort,
    portFlag: "--kafka-port",
    onConnection: counted(meter, (duplex) => serve(ready, duplex)),
    logger,
  });
  try {
    const http = await listenHttp({
      host,
      port: httpPort,
      portFlag: "--http-port",
      fetch: withMetrics(meter, async (request, env) => (await seat?.statusDoor(request)) ?? rest.fetch(request, env)),
    });
    return { kafka, http };
  } catch (thrown) {
    await kafka.close();
    throw thrown;
  }
}

async function serve(ready: Promise<OpenBroker>, duplex: ByteDuplex): Promise<void> {
  const { broker } = await ready;
  const { serveConnection } = await import("@streambed/broker");
  await serveConnection(broker, duplex);
}

/** Counts connections, open ones and all. */
function counted(meter: MetricRegistry, serveOne: (duplex: ByteDuplex) => Promise<void>): typeof serveOne {
  let open = 0;
  meter.onScrape(() => meter.set("streambed_kafka_connections", open));
  return async (duplex) => {
    meter.count("streambed_kafka_connections_total", 1);
    open++;
    try {
      await serveOne(duplex);
    } finally {
      open--;
    }
  };
}
