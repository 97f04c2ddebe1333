/**
 * Cloudflare's objects, described by the members used here, so that no package of theirs is needed and tests can pass
 * their own. The real ones fit.
 */

/** What becomes of a Kafka request that was sent to a shard; plain data, as it crosses a process border. */
export type ShardAnswer =
  | { readonly kind: "reply"; readonly frame: Uint8Array }
  /** acks=0. */
  | { readonly kind: "no-reply" }
  /** A socket would have been closed. */
  | { readonly kind: "close"; readonly reason: string };

/** A shard as others call it: a Durable Object stub. */
export interface ShardStubLike {
  request(frame: Uint8Array): Promise<ShardAnswer>;
}

/** A gateway as the Worker calls it: a Durable Object stub. */
export interface GatewayStubLike {
  fetch(request: Request): Promise<Response>;
}

/** A Durable Object namespace. */
export interface NamespaceLike<Stub> {
  getByName(name: string): Stub;
}

/** The alarm of a Durable Object: `ctx.storage`. */
export interface AlarmLike {
  setAlarm(atMs: number): Promise<void>;
}
