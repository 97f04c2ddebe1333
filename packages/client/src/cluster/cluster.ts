import { sleep, StreambedError } from "@streambed/kernel";
import { FIND_COORDINATOR } from "../apis/core-apis.ts";
import {
  asStreambedError,
  codeError,
  meansLostConnection,
  meansStaleCoordinator,
  meansStaleLeader,
  namedError,
  timedOut,
} from "../errors.ts";
import { UNKNOWN_TOPIC_ATTEMPTS_MAX } from "../limits.ts";
import type { Api } from "../net/api.ts";
import { backoffMs } from "../net/backoff.ts";
import type { BodyOf, BrokerConnection } from "../net/broker-connection.ts";
import { ConnectionPool } from "../net/connection-pool.ts";
import { within } from "../net/within.ts";
import type { Address } from "../ports/transport.ts";
import type { Settings } from "../settings.ts";
import type { TopicPartition } from "../types.ts";
import { fetchMetadata, type MetadataQuestion, type TopicLookup } from "./fetch-metadata.ts";
import { type Broker, MetadataCache, type TopicMetadata } from "./metadata-cache.ts";

/** Whom a request is for. */
export type Destination =
  | "any"
  | "controller"
  | { readonly nodeId: number }
  /** The broker that metadata names as the leader of something. */
  | { readonly leader: number }
  | { readonly coordinatorOf: string }
  | { readonly leaderOf: TopicPartition };

/** How one call is made. */
export interface CallParts<Request, Response> {
  readonly api: Api<Request, Response>;
  readonly body: BodyOf<Request>;
  readonly to: Destination;
  /** Work that may wait goes on a lane of its own. Default `main`. */
  readonly lane?: string;
  /** Time for everything, retries included. Default: `default.api.timeout.ms`. */
  readonly timeoutMs?: number;
  /** Time for one attempt. Default: `request.timeout.ms`. */
  readonly requestTimeoutMs?: number;
  readonly maxVersion?: number;
  readonly signal?: AbortSignal | undefined;
  /** Throws when the answer is an error; a retriable one leads to another attempt. */
  readonly check?: (response: Response) => void;
}

/** Limits of a look at the metadata. */
export interface TopicOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly allowAutoTopicCreation?: boolean;
  /** How often a topic may be unknown before that is believed. Default: until the time is over. */
  readonly unknownAttemptsMax?: number;
}

/** All brokers together: finds the right one, retries, and remembers what it learns. */
export class Cluster {
  readonly settings: Settings;
  readonly metadata: MetadataCache = new MetadataCache();
  readonly pool: ConnectionPool;
  readonly #coordinators = new Map<string, Address>();
  readonly #lookups = new Map<string, Promise<readonly TopicLookup[]>>();
  #turn = 0;
  /** Knew no leader when it was asked last: cut off from the others perhaps, so they are asked first. */
  #unhelpful: BrokerConnection | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    this.pool = new ConnectionPool(settings);
  }

  /** A connection to whom it may concern. One attempt; retriable errors are the caller's. */
  async connection(to: Destination, lane: string, signal?: AbortSignal): Promise<BrokerConnection> {
    if (to === "any") return this.#anyConnection(lane, signal);
    return this.pool.get(await this.#addressOf(to, signal), lane, signal);
  }

  /** Sends a request until it succeeds, fails for good, or the time is over. */
  async call<Request, Response>(parts: CallParts<Request, Response>): Promise<Response> {
    const { clock, requestTimeoutMs, defaultApiTimeoutMs } = this.settings;
    return this.retrying(
      parts.api.name,
      { timeoutMs: parts.timeoutMs ?? defaultApiTimeoutMs, signal: parts.signal },
      async (deadlineMs) => {
        try {
          const connection = await this.connection(parts.to, parts.lane ?? "main", parts.signal);
          const timeoutMs = Math.min(parts.requestTimeoutMs ?? requestTimeoutMs, deadlineMs - clock.elapsed());
          const { signal, maxVersion } = parts;
          const response = await connection.request(parts.api, parts.body, { timeoutMs, signal, maxVersion });
          parts.check?.(response);
          return response;
        } catch (error) {
          if (error instanceof StreambedError) this.noteFailure(parts.to, error);
          throw error;
        }
      },
    );
  }

  /** Repeats an attempt while it fails with retriable errors, with backoff, until the time is over. */
  async retrying<T>(
    what: string,
    limit: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
    attempt: (deadlineMs: number) => Promise<T>,
  ): Promise<T> {
    const { clock, random, retryBackoff } = this.settings;
    const deadlineMs = clock.elapsed() + limit.timeoutMs;
    const onTimeout = (cause?: unknown): StreambedError => timedOut(what, limit.timeoutMs, cause);
    let failure: StreambedError | undefined;
    for (let attempts = 0; ; attempts++) {
      limit.signal?.throwIfAborted();
      try {
        const timeoutMs = deadlineMs - clock.elapsed();
        const onLate = (): StreambedError => onTimeout(failure);
        return await within(attempt(deadlineMs), { clock, timeoutMs, signal: limit.signal, onTimeout: onLate });
      } catch (error) {
        if (!(error instanceof StreambedError) || !error.retriable) throw error;
        if (error.code === "REQUEST_TIMED_OUT" && clock.elapsed() >= deadlineMs) throw error;
        failure = error;
      }
      const pauseMs = backoffMs(retryBackoff, attempts, random);
      if (clock.elapsed() + pauseMs >= deadlineMs) {
        throw meansLostConnection(failure) ? onTimeout(failure) : failure;
      }
      await sleep(clock, pauseMs, limit.signal);
    }
  }

  /** Forgets what a failure shows to be out of date. */
  noteFailure(to: Destination, error: StreambedError): void {
    const lost = meansLostConnection(error);
    if (typeof to === "object" && "coordinatorOf" in to && (lost || meansStaleCoordinator(error))) {
      this.#coordinators.delete(to.coordinatorOf);
    }
    if (typeof to === "object" && "leaderOf" in to && (lost || meansStaleLeader(error))) {
      this.metadata.expire(to.leaderOf.topic);
    }
    if (to === "controller" && (lost || error.code === "NOT_CONTROLLER")) this.metadata.controllerId = -1;
  }

  /** Metadata of a topic, from the cache when it is fresh. Retries; an unknown topic is an error in the end. */
  async topic(name: string, options: TopicOptions = {}): Promise<TopicMetadata> {
    const { clock, defaultApiTimeoutMs } = this.settings;
    const known = this.metadata.fresh(name, clock.elapsed());
    if (known !== undefined) return known;
    const unknownAttemptsMax = options.unknownAttemptsMax ?? Number.POSITIVE_INFINITY;
    let unknown = 0;
    const timeoutMs = options.timeoutMs ?? defaultApiTimeoutMs;
    return this.retrying(`Metadata of topic ${name}`, { timeoutMs, signal: options.signal }, async () => {
      const question = { topics: [name], allowAutoTopicCreation: options.allowAutoTopicCreation ?? false };
      const [found] = await this.lookUp(question);
      if (found?.ok === true) return found.topic;
      const error = found?.error ?? namedError("UNKNOWN_TOPIC_OR_PARTITION", `Metadata of topic ${name}`);
      if (error.code === "UNKNOWN_TOPIC_OR_PARTITION" && ++unknown >= unknownAttemptsMax) throw final(error);
      throw error;
    });
  }

  /** Asks any broker for metadata. One attempt; equal questions at the same time share one request. */
  lookUp(question: MetadataQuestion): Promise<readonly TopicLookup[]> {
    const key = JSON.stringify(question);
    const running = this.#lookups.get(key);
    if (running !== undefined) return running;
    const lookup = this.#askMetadata(question).finally(() => this.#lookups.delete(key));
    this.#lookups.set(key, lookup);
    return lookup;
  }

  /** Leader of a partition. Rejects with `UNKNOWN_TOPIC_OR_PARTITION` or `LEADER_NOT_AVAILABLE`. One look. */
  async leader(of: TopicPartition, signal?: AbortSignal): Promise<Broker> {
    const context = `Leader of ${of.topic}-${of.partition}`;
    const { partitions } = await this.topic(of.topic, { signal, unknownAttemptsMax: UNKNOWN_TOPIC_ATTEMPTS_MAX });
    if (partitions[of.partition] === undefined) {
      this.metadata.expire(of.topic);
      const many = `the topic has ${partitions.length} partitions`;
      throw final(namedError("UNKNOWN_TOPIC_OR_PARTITION", context, many));
    }
    const leader = this.metadata.leader(of);
    if (leader !== undefined) return leader;
    this.metadata.expire(of.topic);
    throw namedError("LEADER_NOT_AVAILABLE", context);
  }

  forgetCoordinator(groupId: string): void {
    this.#coordinators.delete(groupId);
  }

  close(): void {
    this.pool.close();
  }

  async #askMetadata(question: MetadataQuestion): Promise<readonly TopicLookup[]> {
    const { clock, metadataMaxAgeMs, requestTimeoutMs } = this.settings;
    const connection = await this.#anyConnection("main");
    const staleAtMs = clock.elapsed() + metadataMaxAgeMs;
    const request = { timeoutMs: requestTimeoutMs };
    const found = await fetchMetadata(connection, question, { cache: this.metadata, staleAtMs, request });
    const isLed = found.every((each) => each.ok && each.topic.partitions.every(({ leader }) => leader >= 0));
    this.#unhelpful = isLed ? undefined : connection;
    return found;
  }

  async #addressOf(to: Exclude<Destination, "any">, signal?: AbortSignal): Promise<Address> {
    if (to === "controller") return this.#controller();
    if ("coordinatorOf" in to) return this.coordinator(to.coordinatorOf, signal);
    if ("leaderOf" in to) return this.leader(to.leaderOf, signal);
    const nodeId = "leader" in to ? to.leader : to.nodeId;
    if (this.metadata.broker(nodeId) === undefined) {
      await this.lookUp({ topics: [], allowAutoTopicCreation: false });
    }
    const broker = this.metadata.broker(nodeId);
    if (broker !== undefined) return broker;
    // It left the cluster since it was chosen: its partitions get another leader.
    if ("leader" in to) throw namedError("LEADER_NOT_AVAILABLE", `Connecting to broker ${nodeId}`);
    throw new StreambedError({
      kind: "not-found",
      code: "BROKER_NOT_AVAILABLE",
      message: `There is no broker with node id ${nodeId}; describeCluster lists the ones there are`,
    });
  }

  async #controller(): Promise<Address> {
    if (this.metadata.broker(this.metadata.controllerId) === undefined) {
      await this.lookUp({ topics: [], allowAutoTopicCreation: false });
    }
    const controller = this.metadata.broker(this.metadata.controllerId);
    if (controller === undefined) throw namedError("NOT_CONTROLLER", "Looking for the controller");
    return controller;
  }

  /** Coordinator of a group. One attempt. */
  async coordinator(groupId: string, signal?: AbortSignal): Promise<Address> {
    const known = this.#coordinators.get(groupId);
    if (known !== undefined) return known;
    const connection = await this.#anyConnection("main", signal);
    const response = await connection.request(
      FIND_COORDINATOR,
      (version) => (version >= 4 ? { keyType: 0, coordinatorKeys: [groupId] } : { key: groupId }),
      { timeoutMs: this.settings.requestTimeoutMs, signal },
    );
    const found = response.coordinators[0] ?? response;
    if (found.errorCode !== 0) throw codeError(found.errorCode, `Coordinator of group ${groupId}`, found.errorMessage);
    const address = { host: found.host, port: found.port };
    this.#coordinators.set(groupId, address);
    return address;
  }

  /** Tries the brokers one after the other, those in trouble last, beginning at a different one when one fails. */
  async #anyConnection(lane: string, signal?: AbortSignal): Promise<BrokerConnection> {
    const candidates = this.#candidates();
    for (const address of this.#unhelpful === undefined ? candidates : []) {
      const open = this.pool.peek(address, lane);
      if (open !== undefined) return open;
    }
    let failure: unknown;
    for (const address of candidates) {
      try {
        return await this.pool.get(address, lane, signal);
      } catch (error) {
        failure = error;
        signal?.throwIfAborted();
        this.#turn++;
      }
    }
    throw asStreambedError(failure, "Connecting");
  }

  #candidates(): readonly Address[] {
    const seen = new Set<string>();
    const all: Address[] = [];
    for (const address of [...this.metadata.brokers, ...this.settings.bootstrap]) {
      const key = `${address.host}:${address.port}`;
      if (!seen.has(key)) all.push(address);
      seen.add(key);
    }
    const first = this.#turn % all.length;
    const rotated = [...all.slice(first), ...all.slice(0, first)];
    const last = this.#unhelpful?.address;
    const isLast = ({ host, port }: Address): boolean => host === last?.host && port === last.port;
    const lateness = (address: Address): number => this.pool.backoffLeftMs(address) + (isLast(address) ? 1 : 0);
    return rotated.sort((left, right) => lateness(left) - lateness(right));
  }
}

/** The same error, not to be retried. */
export function final(error: StreambedError): StreambedError {
  const { kind, code, message } = error;
  return new StreambedError({ kind, code, message, retriable: false, cause: error });
}
