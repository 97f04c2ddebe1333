import type { Broker } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import type { Clock, Logger, Random } from "@streambed/kernel";

/** What the REST proxy is made of, once somebody asks for it. */
export interface LazyRestParts {
  /** The broker, once it is there; early requests wait for it. */
  readonly broker: () => Promise<{ readonly broker: Broker; readonly transport?: Transport }>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The REST proxy behind a door. */
export interface LazyRest {
  fetch(request: Request, env: object): Promise<Response>;
  /** Ends consumer instances and the client. */
  close(): Promise<void>;
}

interface Loaded {
  readonly fetch: LazyRest["fetch"];
  readonly close: () => Promise<void>;
}

/**
 * The REST proxy, loaded by its first request: it and its client are more than half of all modules, and a server that
 * only Kafka clients use needs neither the time at its start nor the memory afterwards.
 */
export function lazyRest(parts: LazyRestParts): LazyRest {
  let loading: Promise<Loaded> | undefined;
  return {
    async fetch(request, env) {
      loading ??= load(parts);
      return (await loading).fetch(request, env);
    },
    async close() {
      await (await loading)?.close();
    },
  };
}

async function load({ broker, clock, random, logger }: LazyRestParts): Promise<Loaded> {
  const [{ codecs }, { inProcessTransport }, { createClient }, { createRestProxy }] = await Promise.all([
    import("./codecs.ts"),
    import("@streambed/broker"),
    import("@streambed/client"),
    import("@streambed/rest-proxy"),
  ]);
  const open = await broker();
  // Without a cluster every address leads to the broker; in one, this address does.
  const transport = open.transport ?? inProcessTransport(open.broker);
  const bootstrap = [{ host: "localhost", port: 0 }];
  const client = createClient({ transport, bootstrap, clientId: "rest-proxy", codecs, clock, random, logger });
  const rest = createRestProxy({ client, clock, random, logger });
  return {
    fetch: (request, env) => rest.fetch(request, env),
    async close() {
      await rest.close();
      await client.close();
    },
  };
}
