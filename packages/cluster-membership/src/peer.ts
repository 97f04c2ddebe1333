import type { BrokerRegistration, ClusterStatus } from "@streambed/contracts";
import { sleep } from "@streambed/kernel";
import type { Clock, Logger } from "@streambed/kernel";
import {
  DEAD_PAUSE_MS,
  FAILED_PAUSE_MS,
  HANDOVER_PAUSE_MS,
  STATUS_GRACE_MS,
  STATUS_PAUSE_MS,
  STATUS_WAIT_MS,
} from "./limits.ts";
import { newPeer, nextLiveness } from "./liveness.ts";
import type { Liveness, LivenessEvent } from "./liveness.ts";
import type { PeerAnswer, PeerLink } from "./ports/peer-link.ts";

/** What a peer needs. */
export interface PeerParts {
  readonly self: BrokerRegistration;
  readonly clusterId: string;
  readonly link: PeerLink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After every answer, and whenever the state changes. */
  readonly onNews: (peer: Peer) => void;
  /** Another process answers at its address, or it has died: what the registry says may be old. */
  readonly onDoubt: (peer: Peer) => void;
}

/** Another broker: asked for its status all the time, one question after the other. */
export class Peer {
  readonly registration: BrokerRegistration;
  readonly #parts: PeerParts;
  readonly #stop = new AbortController();
  #liveness: Liveness;
  #status: ClusterStatus | undefined;
  /** Its last answer differs from the one before. */
  #saysNews = false;
  #unfitSinceMs: number | undefined;
  #failures = 0;

  constructor(registration: BrokerRegistration, parts: PeerParts) {
    this.registration = registration;
    this.#parts = parts;
    this.#liveness = newPeer(parts.clock.elapsed());
    void this.#run();
  }

  get liveness(): Liveness {
    return this.#liveness;
  }

  /** Its last answer. */
  get status(): ClusterStatus | undefined {
    return this.#status;
  }

  /** Since when it says that it leaves or has lost the store. */
  get unfitSinceMs(): number | undefined {
    return this.#unfitSinceMs;
  }

  /** Time has passed, or this process stood still and could not hear. */
  note(event: LivenessEvent): void {
    const before = this.#liveness;
    const after = nextLiveness(before, event, this.#parts.clock.elapsed());
    this.#liveness = after;
    if (before.state === after.state) return;
    const { nodeId } = this.registration;
    this.#parts.logger.log("info", "broker-state", { nodeId, state: after.state, before: before.state, event });
    if (after.state === "dead") this.#parts.onDoubt(this);
    this.#parts.onNews(this);
  }

  /** Ends the questions. */
  stop(): void {
    this.#stop.abort(new Error("stopped"));
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const answer = await this.#ask();
      if (signal.aborted) return;
      this.#take(answer);
      await sleep(clock, this.#pauseMs(), signal).catch(() => undefined);
    }
  }

  async #ask(): Promise<PeerAnswer> {
    const { link, clock, self } = this.#parts;
    const waitMs = this.#failures === 0 && this.#status !== undefined ? STATUS_WAIT_MS : 0;
    const { nodeId: from, incarnation } = self;
    const after = this.#status?.cursor;
    const late = new AbortController();
    const cancel = clock.schedule(waitMs + STATUS_GRACE_MS, () => late.abort(new Error("no answer in time")));
    const signal = AbortSignal.any([late.signal, this.#stop.signal]);
    const query = { waitMs, from, incarnation, ...(after === undefined ? {} : { after }) };
    const answer = await link.ask(this.registration, query, signal);
    cancel();
    return answer;
  }

  #take(answer: PeerAnswer): void {
    if (answer.kind === "answered") return this.#takeStatus(answer.status);
    this.#failures++;
    this.note(answer.kind === "starting" ? "failed" : answer.kind);
  }

  #takeStatus(status: ClusterStatus): void {
    const { nodeId, incarnation } = this.registration;
    if (status.clusterId !== this.#parts.clusterId) return this.note("replaced");
    if (status.nodeId !== nodeId || status.incarnation !== incarnation) return this.note("replaced");
    this.#failures = 0;
    this.#saysNews = status.cursor !== this.#status?.cursor;
    this.#status = status;
    const isUnfit = status.leaving || !status.storeHealthy;
    this.#unfitSinceMs = isUnfit ? (this.#unfitSinceMs ?? this.#parts.clock.elapsed()) : undefined;
    this.note("answered");
    this.#parts.onNews(this);
  }

  #pauseMs(): number {
    if (this.#liveness.state === "dead") return DEAD_PAUSE_MS;
    const isAlive = this.#liveness.state === "alive";
    if (isAlive && this.#saysNews && isHandingOver(this.#status)) return HANDOVER_PAUSE_MS;
    // The first failure may be nothing but a connection that was closed while it was at rest.
    return this.#failures > 1 || this.#liveness.refusals > 0 ? FAILED_PAUSE_MS : STATUS_PAUSE_MS;
  }
}

/** What it says next is news that clients wait for. */
function isHandingOver(status: ClusterStatus | undefined): boolean {
  return status?.leaving === true || status?.shards.some(({ owner }) => owner === null) === true;
}
