import { brokerModules, createBroker } from "@streambed/broker";
import type { BrokerSettings, FrameAnswer, Session } from "@streambed/broker";
import type { Clock, Logger, Random } from "@streambed/kernel";
import { concatBytes, messageOf } from "@streambed/kernel";
import { openCluster, openShardLog, probeConformance } from "@streambed/log-storage";
import type { ObjectStore, ProbeResult } from "@streambed/log-storage";
import {
  COLD_CACHE_BYTES,
  ENTRIES_IN_FLIGHT,
  FETCH_BYTES_MAX,
  HOT_CACHE_BYTES,
  REQUEST_BYTES_IN_FLIGHT_MAX,
  REQUEST_BYTES_MAX,
} from "./limits.ts";
import { AlarmClock } from "./alarm-clock.ts";
import type { AlarmLike, ShardAnswer } from "./shapes.ts";

/** What a shard is made of. */
export interface ShardHostOptions {
  readonly store: ObjectStore;
  /** Name of the Durable Object; clients are told it as the broker's host. */
  readonly name: string;
  readonly clock: Clock;
  /** The object's storage. */
  readonly alarm: AlarmLike;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings?: Partial<BrokerSettings>;
}

/** The owner of a shard, inside its Durable Object: log and broker over a bucket. */
export interface ShardHost {
  /**
   * Handles one Kafka request frame (without its length). Calls are worked on concurrently, in order of arrival.
   * Rejects when the bucket cannot be opened; the next call tries again.
   */
  request(frame: Uint8Array): Promise<ShardAnswer>;
  /** To be called by the object's `alarm()`. */
  alarm(): void;
}

/**
 * Makes a shard. Nothing is read before the first request; an object that was evicted opens the log again, which is a
 * checkpoint and the entries behind it.
 */
export function createShardHost(options: ShardHostOptions): ShardHost {
  return new LazyShard(options);
}

class LazyShard implements ShardHost {
  readonly #options: ShardHostOptions;
  readonly #clock: AlarmClock;
  #session: Promise<Session> | undefined;
  #bytesInFlight = 0;

  constructor(options: ShardHostOptions) {
    this.#options = options;
    this.#clock = new AlarmClock(options.clock, options.alarm);
  }

  alarm(): void {
    this.#clock.rang();
  }

  async request(frame: Uint8Array): Promise<ShardAnswer> {
    if (frame.length > REQUEST_BYTES_MAX) {
      return {
        kind: "close",
        reason: `A request here has at most ${REQUEST_BYTES_MAX} bytes, this has ${frame.length}`,
      };
    }
    if (this.#bytesInFlight + frame.length > REQUEST_BYTES_IN_FLIGHT_MAX) {
      return { kind: "close", reason: "More requests than this shard's memory can hold; send again later" };
    }
    this.#bytesInFlight += frame.length;
    try {
      const session = await this.#opened();
      return toShardAnswer(await session.handle(frame));
    } finally {
      this.#bytesInFlight -= frame.length;
    }
  }

  #opened(): Promise<Session> {
    const forget = (): void => {
      this.#session = undefined;
    };
    this.#session ??= openSession(this.#options, this.#clock, forget).catch((error: unknown) => {
      // The bucket may answer again in a moment.
      forget();
      throw error;
    });
    return this.#session;
  }
}

/** `onStale` is called when the log slept so long that it must be opened anew. */
async function openSession(options: ShardHostOptions, clock: Clock, onStale: () => void): Promise<Session> {
  const { store, name, random, logger, settings } = options;
  const startedMs = clock.elapsed();
  const probe = (): Promise<ProbeResult> => probeConformance(store, { clock, random });
  const { clusterId } = await openCluster(store, random, { probe });
  const log = await openShardLog({
    store,
    modules: brokerModules,
    entriesInFlight: ENTRIES_IN_FLIGHT,
    hotCacheBytes: HOT_CACHE_BYTES,
    coldCacheBytes: COLD_CACHE_BYTES,
    clock,
    random,
    logger,
  });
  const broker = createBroker(
    { log, clusterId, clock, random, logger },
    {
      socketRequestMaxBytes: REQUEST_BYTES_MAX,
      fetchMaxBytes: FETCH_BYTES_MAX,
      ...settings,
      advertisedHost: name,
    },
  );
  log.onHalt((error) => {
    if (error.code !== "LOG_STALE") return;
    onStale();
    broker.close().then(
      () => log.close(),
      (failure: unknown) => logger.log("warn", "stale-shard-not-closed", { reason: messageOf(failure) }),
    );
  });
  // This object is the only coordinator of its shard.
  broker.core.groups.resume();
  logger.log("info", "shard-opened", { shard: name, clusterId, tookMs: clock.elapsed() - startedMs });
  // One session for all callers: they are our own gateways.
  return broker.openSession({ remoteHost: "gateway" });
}

function toShardAnswer(answer: FrameAnswer): ShardAnswer {
  return answer.kind === "reply" ? { kind: "reply", frame: concatBytes(answer.chunks) } : answer;
}
