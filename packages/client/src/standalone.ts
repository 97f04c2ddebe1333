import { Cluster } from "./cluster/cluster.ts";
import { resolveConsumer } from "./consumer/consumer-settings.ts";
import { GroupConsumer } from "./consumer/group-consumer.ts";
import { StatelessFetcher } from "./consumer/stateless-fetch.ts";
import type { Consumer, ConsumerOptions, FetchOptions, FetchResult } from "./consumer-types.ts";
import { AccumulatingProducer } from "./producer/accumulating-producer.ts";
import { resolveProducer } from "./producer/producer-settings.ts";
import type { Producer, ProducerOptions } from "./producer-types.ts";
import { resolveSettings } from "./settings.ts";
import type { ClientOptions } from "./types.ts";

/** Stateless reads with connections of their own. */
export interface Reader extends AsyncDisposable {
  fetch(options: FetchOptions): Promise<FetchResult>;
  close(): Promise<void>;
}

/**
 * A producer with connections of its own, for bundles that should not carry the rest of the client.
 *
 * @throws kind `invalid`, code `INVALID_CONFIG` or `UNSUPPORTED_COMPRESSION_TYPE`
 */
export function createProducer(options: ClientOptions, producerOptions: ProducerOptions = {}): Producer {
  const cluster = new Cluster(resolveSettings(options));
  const settings = resolveProducer(producerOptions, options.codecs ?? {});
  return new AccumulatingProducer({ cluster, settings, lane: "producer", onClose: () => cluster.close() });
}

/** A consumer with connections of its own, for bundles that should not carry the rest of the client. */
export function createConsumer(options: ClientOptions, consumerOptions: ConsumerOptions = {}): Consumer {
  const cluster = new Cluster(resolveSettings(options));
  const settings = resolveConsumer(consumerOptions);
  return new GroupConsumer({ cluster, settings, lane: "consumer", onClose: () => cluster.close() });
}

/** Stateless reads only: the smallest way to read, e.g. in a browser. */
export function createReader(options: ClientOptions): Reader {
  const cluster = new Cluster(resolveSettings(options));
  const fetcher = new StatelessFetcher(cluster);
  const close = (): Promise<void> => {
    cluster.close();
    return Promise.resolve();
  };
  return { fetch: (fetchOptions) => fetcher.fetch(fetchOptions), close, [Symbol.asyncDispose]: close };
}
