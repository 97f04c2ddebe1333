import { brokerModules, createBroker, inProcessTransport } from "@streambed/broker";
import type { Connection, Transport } from "@streambed/client";
import { createClient } from "@streambed/client";
import { silentLogger, systemClock, systemRandom } from "@streambed/kernel";
import { openCluster, openShardLog } from "@streambed/log-storage";
import type { ObjectStore } from "@streambed/log-storage";
import { defaultCodecs } from "@streambed/protocol";
import { createRestProxy } from "@streambed/rest-proxy";
import type { RestProxy } from "@streambed/rest-proxy";
import type { Deployment } from "./deployment.ts";

const BOOTSTRAP = { host: "localhost", port: 9092 };
const parts = { clock: systemClock(), random: systemRandom(), logger: silentLogger };

/** One life of a broker and its REST proxy. */
interface Life {
  readonly rest: RestProxy;
  readonly transport: Transport;
  /** Ends connections as a crash does: nothing is flushed, nobody is told. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** A deployment in this process over any store. After a restart connections are refused or broken, then new ones work. */
export async function processDeployment(store: ObjectStore): Promise<Deployment> {
  let life = await start(store);
  return {
    bootstrap: BOOTSTRAP,
    fetch: (request) => life.rest.fetch(request),
    transport: { connect: (address, signal) => life.transport.connect(address, signal) },
    async restart() {
      await life.crash();
      life = await start(store);
    },
    [Symbol.asyncDispose]: () => life.close(),
  };
}

async function start(store: ObjectStore): Promise<Life> {
  const { clusterId } = await openCluster(store, parts.random);
  const log = await openShardLog({ store, modules: brokerModules, ...parts });
  const settings = { groupInitialRebalanceDelayMs: 0, advertisedHost: BOOTSTRAP.host, advertisedPort: BOOTSTRAP.port };
  const broker = createBroker({ log, clusterId, ...parts }, settings);
  const connections = new Set<Connection>();
  const inside = inProcessTransport(broker);
  const transport: Transport = {
    async connect(address, signal) {
      const connection = await inside.connect(address, signal);
      connections.add(connection);
      void connection.closed.then(() => connections.delete(connection));
      return connection;
    },
  };
  const client = createClient({ transport, bootstrap: [BOOTSTRAP], codecs: defaultCodecs, ...parts });
  const rest = createRestProxy({ client, ...parts });
  return {
    rest,
    transport,
    // The log stays open and unfinished: its last write may still arrive, as that of a process that was killed may.
    async crash() {
      for (const connection of connections) connection.close();
      await broker.close();
    },
    async close() {
      await rest.close();
      await client.close();
      await broker.close();
      await log.close();
    },
  };
}
