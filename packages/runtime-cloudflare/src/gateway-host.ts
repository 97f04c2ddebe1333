import { createClient } from "@streambed/client";
import type { Clock, Logger, Random } from "@streambed/kernel";
import { defaultCodecs } from "@streambed/protocol";
import { createRestProxy } from "@streambed/rest-proxy";
import { AlarmClock } from "./alarm-clock.ts";
import { KeepAwake } from "./keep-awake.ts";
import { CONSUMER_INSTANCES_MAX, REST_READ_BYTES_MAX, REST_REQUEST_BYTES_MAX } from "./limits.ts";
import { shardName } from "./routing.ts";
import type { AlarmLike, NamespaceLike, ShardStubLike } from "./shapes.ts";
import { shardTransport } from "./shard-transport.ts";

const CONSUMER_INSTANCE_TIMEOUT_MS = 300_000;

/** What a gateway is made of. */
export interface GatewayHostOptions {
  readonly shards: NamespaceLike<ShardStubLike>;
  /** The object's storage. */
  readonly alarm: AlarmLike;
  /** Name of the Durable Object. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The REST proxy inside a Durable Object. A Worker could not hold it: producers, consumers and connections outlive
 * requests, and a Worker must not use one request's I/O in another.
 */
export interface GatewayHost {
  fetch(request: Request): Promise<Response>;
  /** To be called by the object's `alarm()`. */
  alarm(): void;
}

/** Makes a gateway. Nothing is asked of a shard before the first request. */
export function createGatewayHost(options: GatewayHostOptions): GatewayHost {
  const { shards, name, random, logger } = options;
  const clock = new AlarmClock(options.clock, options.alarm);
  const client = createClient({
    transport: shardTransport(shards),
    bootstrap: [{ host: shardName(0), port: 9092 }],
    clientId: name,
    codecs: defaultCodecs,
    clock,
    random,
    logger,
  });
  const rest = createRestProxy({
    client,
    clock,
    random,
    logger,
    settings: {
      serverId: name,
      requestBytesMax: REST_REQUEST_BYTES_MAX,
      consumerRequestBytesMax: REST_READ_BYTES_MAX,
      consumerInstancesMax: CONSUMER_INSTANCES_MAX,
      consumerInstanceTimeoutMs: CONSUMER_INSTANCE_TIMEOUT_MS,
    },
  });
  const awake = new KeepAwake(clock, CONSUMER_INSTANCE_TIMEOUT_MS);
  return {
    fetch(request) {
      if (new URL(request.url).pathname.startsWith("/consumers/")) awake.use();
      return rest.fetch(request);
    },
    alarm: () => clock.rang(),
  };
}
