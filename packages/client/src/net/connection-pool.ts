import { asStreambedError, closedError, timedOut } from "../errors.ts";
import type { Address } from "../ports/transport.ts";
import type { Settings } from "../settings.ts";
import { sleep } from "@streambed/kernel";
import { backoffMs } from "./backoff.ts";
import { BrokerConnection } from "./broker-connection.ts";
import { negotiateVersions } from "./handshake.ts";
import { within } from "./within.ts";

/** Failures in a row of one address, and when it may be tried again. */
interface Trouble {
  failures: number;
  notBeforeMs: number;
}

/**
 * Open connections by lane and address. A lane keeps work that may wait for long (a fetch, a join) from
 * holding up other work, because answers of one connection come in order.
 */
export class ConnectionPool {
  readonly #settings: Settings;
  readonly #connections = new Map<
    string,
    { lane: string; opening: Promise<BrokerConnection>; ready: BrokerConnection | null }
  >();
  readonly #troubles = new Map<string, Trouble>();
  readonly #closing = new AbortController();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** An open connection, waiting for the reconnect backoff of the address when it has failed before. */
  async get(address: Address, lane: string, signal?: AbortSignal): Promise<BrokerConnection> {
    if (this.#closing.signal.aborted) throw closedError("client");
    this.#closeIdle();
    const key = `${lane}|${place(address)}`;
    const known = this.#connections.get(key);
    if (known !== undefined && (known.ready === null || known.ready.open)) return waitFor(known.opening, signal);
    const opening = this.#open(address);
    const entry: { lane: string; opening: Promise<BrokerConnection>; ready: BrokerConnection | null } = {
      lane,
      opening,
      ready: null,
    };
    this.#connections.set(key, entry);
    const forget = (): void => {
      if (this.#connections.get(key) === entry) this.#connections.delete(key);
    };
    opening.then((connection) => {
      entry.ready = connection;
      if (this.#connections.get(key) !== entry) connection.close();
    }, forget);
    return waitFor(opening, signal);
  }

  /** The open connection of a lane, if there is one now. */
  peek(address: Address, lane: string): BrokerConnection | undefined {
    const ready = this.#connections.get(`${lane}|${place(address)}`)?.ready;
    return ready?.open === true ? ready : undefined;
  }

  /** Milliseconds until the address may be tried again; 0 when now. */
  backoffLeftMs(address: Address): number {
    const trouble = this.#troubles.get(place(address));
    return trouble === undefined ? 0 : Math.max(0, trouble.notBeforeMs - this.#settings.clock.elapsed());
  }

  /** Closes the connections of a lane, also those being opened. */
  closeLane(lane: string): void {
    for (const [key, entry] of this.#connections) {
      if (entry.lane !== lane) continue;
      this.#connections.delete(key);
      entry.ready?.close();
    }
  }

  close(): void {
    this.#closing.abort(closedError("client"));
    for (const entry of this.#connections.values()) entry.ready?.close();
    this.#connections.clear();
  }

  async #open(address: Address): Promise<BrokerConnection> {
    const { clock, random, transport, clientId, setupTimeoutMs, requestTimeoutMs, reconnectBackoff } = this.#settings;
    const signal = this.#closing.signal;
    const wait = this.backoffLeftMs(address);
    if (wait > 0) await sleep(clock, wait, signal);
    const abort = new AbortController();
    const connecting = transport.connect(address, abort.signal);
    try {
      const connection = await within(connecting, {
        clock,
        timeoutMs: setupTimeoutMs,
        signal,
        onTimeout: () => timedOut(`Connecting to ${place(address)}`, setupTimeoutMs),
      });
      const broker = new BrokerConnection({ address, connection, clock, clientId });
      await negotiateVersions(broker, { timeoutMs: requestTimeoutMs, signal }).catch((error: unknown) => {
        broker.close();
        throw error;
      });
      this.#troubles.delete(place(address));
      return broker;
    } catch (error) {
      abort.abort(error);
      connecting.then(
        (late) => late.close(),
        () => undefined,
      );
      const failures = (this.#troubles.get(place(address))?.failures ?? 0) + 1;
      const pause = backoffMs(reconnectBackoff, failures - 1, random);
      this.#troubles.set(place(address), { failures, notBeforeMs: clock.elapsed() + pause });
      throw asStreambedError(error, `Connecting to ${place(address)}`);
    }
  }

  #closeIdle(): void {
    for (const [key, { ready }] of this.#connections) {
      if (ready === null) continue;
      if (ready.open && ready.idleMs() < this.#settings.connectionsMaxIdleMs) continue;
      this.#connections.delete(key);
      ready.close();
    }
  }
}

function place(address: Address): string {
  return `${address.host}:${address.port}`;
}

/** Waits for a promise that others wait for, too. */
function waitFor<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
