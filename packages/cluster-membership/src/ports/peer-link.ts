import type { BrokerRegistration, ClusterStatus, ClusterStatusQuery } from "@streambed/contracts";

/**
 * How a question to another broker ended. `refused`: nobody listens at its address, so its process is gone. `starting`:
 * a process listens there, but is no member yet.
 */
export type PeerAnswer =
  | { readonly kind: "answered"; readonly status: ClusterStatus }
  | { readonly kind: "starting"; readonly incarnation: string }
  | { readonly kind: "refused" }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks other brokers for their status. Never rejects; ends early when the signal aborts. */
export interface PeerLink {
  ask(broker: BrokerRegistration, query: ClusterStatusQuery, signal: AbortSignal): Promise<PeerAnswer>;
}
