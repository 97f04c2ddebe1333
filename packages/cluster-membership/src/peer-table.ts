import type { BrokerRegistration } from "@streambed/contracts";
import { messageOf } from "@streambed/kernel";
import type { Clock, Logger } from "@streambed/kernel";
import { ABSENT_MAX, FORGET_AFTER_MS, REGISTRATION_LOOK_MS } from "./limits.ts";
import { Peer } from "./peer.ts";
import type { PeerLink } from "./ports/peer-link.ts";
import type { Registry } from "./registry.ts";

/** What a table of peers needs. */
export interface PeerTableParts {
  readonly self: BrokerRegistration;
  readonly clusterId: string;
  readonly registry: Registry;
  readonly link: PeerLink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onNews: (peer: Peer | undefined) => void;
}

/**
 * The other brokers of the registry. The registry is read as a whole when the table is opened and then rarely; in between
 * a newcomer makes itself known by asking, and one key is read to see whether it is what it says.
 */
export class PeerTable {
  readonly #parts: PeerTableParts;
  readonly #peers: Map<number, Peer> = new Map();
  /** Node ids without a registration, and since when that is known. */
  readonly #absent: Map<number, number> = new Map();
  readonly #lookedMs: Map<number, number> = new Map();
  #stopped = false;

  constructor(parts: PeerTableParts) {
    this.#parts = parts;
  }

  get peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  get(nodeId: number): Peer | undefined {
    return this.#peers.get(nodeId);
  }

  /** Node ids that were looked up in vain, with `clock.elapsed()` of the first time. */
  get absent(): ReadonlyMap<number, number> {
    return this.#absent;
  }

  /** Reads the whole registry. Rejects with the store's error. */
  async refresh(): Promise<void> {
    const registered = await this.#parts.registry.list();
    for (const { registration } of registered) this.#adopt(registration);
    const known = new Set(registered.map(({ registration }) => registration.nodeId));
    for (const nodeId of this.#peers.keys()) if (!known.has(nodeId)) this.#forget(nodeId);
  }

  /** Somebody says that this broker exists. A claim of a stranger is worth one read at most every second. */
  heardOf(nodeId: number, incarnation: string | undefined): void {
    const isKnown = this.#peers.get(nodeId)?.registration.incarnation === incarnation;
    if (nodeId !== this.#parts.self.nodeId && !isKnown) void this.lookUp(nodeId);
  }

  /** Reads one registration again. Never rejects. */
  async lookUp(nodeId: number): Promise<void> {
    const { clock, registry, logger } = this.#parts;
    const nowMs = clock.elapsed();
    if (nowMs - (this.#lookedMs.get(nodeId) ?? -Infinity) < REGISTRATION_LOOK_MS) return;
    this.#lookedMs.set(nodeId, nowMs);
    try {
      const stored = await registry.read(nodeId);
      if (stored === undefined) {
        if (!this.#absent.has(nodeId) && this.#absent.size < ABSENT_MAX) this.#absent.set(nodeId, nowMs);
        this.#forget(nodeId);
        this.#lookedMs.delete(nodeId);
      } else this.#adopt(stored.registration);
    } catch (error) {
      logger.log("warn", "registration-unread", { nodeId, error: messageOf(error) });
    }
  }

  /** Removes the registrations of brokers that have been dead for long. */
  async removeDead(): Promise<void> {
    const nowMs = this.#parts.clock.elapsed();
    for (const { registration, liveness } of this.#peers.values()) {
      if (liveness.state !== "dead" || nowMs - liveness.sinceMs < FORGET_AFTER_MS) continue;
      await this.#parts.registry.remove(registration);
      await this.lookUp(registration.nodeId);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const peer of this.#peers.values()) peer.stop();
  }

  #adopt(registration: BrokerRegistration): void {
    const { self, clusterId, link, clock, logger, onNews } = this.#parts;
    const { nodeId, incarnation } = registration;
    const known = this.#peers.get(nodeId);
    if (this.#stopped || nodeId === self.nodeId || known?.registration.incarnation === incarnation) return;
    known?.stop();
    this.#absent.delete(nodeId);
    const onDoubt = (): void => void this.lookUp(nodeId);
    this.#peers.set(nodeId, new Peer(registration, { self, clusterId, link, clock, logger, onNews, onDoubt }));
    onNews(undefined);
  }

  #forget(nodeId: number): void {
    const known = this.#peers.get(nodeId);
    if (known === undefined) return;
    known.stop();
    this.#peers.delete(nodeId);
    this.#parts.onNews(undefined);
  }
}
