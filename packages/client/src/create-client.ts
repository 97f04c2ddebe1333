import { createAdmin } from "./admin/create-admin.ts";
import { Cluster } from "./cluster/cluster.ts";
import { StatelessFetcher } from "./consumer/stateless-fetch.ts";
import { GroupConsumer } from "./consumer/group-consumer.ts";
import { resolveConsumer } from "./consumer/consumer-settings.ts";
import type { Consumer } from "./consumer-types.ts";
import { closedError } from "./errors.ts";
import { AccumulatingProducer } from "./producer/accumulating-producer.ts";
import { resolveProducer } from "./producer/producer-settings.ts";
import type { Producer } from "./producer-types.ts";
import { resolveSettings } from "./settings.ts";
import type { Client, ClientOptions, RawRequest } from "./types.ts";

/**
 * Makes a client. Nothing is connected before the first call.
 *
 * @throws kind `invalid`, code `INVALID_CONFIG`, when an option is out of range
 * @example
 * await using client = createClient({ transport, bootstrap: [{ host: "localhost", port: 9092 }], clock, random });
 * const [result] = await client.producer().send("orders", [{ value: utf8("hello") }]);
 */
export function createClient(options: ClientOptions): Client {
  const settings = resolveSettings(options);
  const cluster = new Cluster(settings);
  const fetcher = new StatelessFetcher(cluster);
  const open = new Set<Producer | Consumer>();
  let lanes = 0;
  let closing: Promise<void> | null = null;

  /** Keeps track of what close has to close. */
  function opened<T extends Producer | Consumer>(kind: string, make: (lane: string, onClose: () => void) => T): T {
    if (closing !== null) throw closedError("client");
    const made: T = make(`${kind}-${lanes++}`, () => open.delete(made));
    open.add(made);
    return made;
  }

  const close = (): Promise<void> => {
    closing ??= Promise.allSettled([...open].map((member) => member.close())).then(() => cluster.close());
    return closing;
  };

  return {
    admin: createAdmin(cluster),
    producer: (producerOptions = {}) =>
      opened("producer", (lane, onClose) => {
        const producerSettings = resolveProducer(producerOptions, options.codecs ?? {});
        return new AccumulatingProducer({ cluster, settings: producerSettings, lane, onClose });
      }),
    consumer: (consumerOptions = {}) =>
      opened("consumer", (lane, onClose) => {
        return new GroupConsumer({ cluster, settings: resolveConsumer(consumerOptions), lane, onClose });
      }),
    fetch: (fetchOptions) => fetcher.fetch(fetchOptions),
    rawRequest: (request) => sendRaw(cluster, request),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function sendRaw(cluster: Cluster, request: RawRequest): Promise<Uint8Array> {
  const { apiKey, apiVersion, flexible, body, to = "any", signal } = request;
  const connection = await cluster.connection(to, "main", signal);
  const timeoutMs = cluster.settings.requestTimeoutMs;
  return connection.raw({ apiKey, apiVersion, flexible, body }, { timeoutMs, signal });
}
