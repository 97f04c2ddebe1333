import type { ApiName, ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";

/** Who sent a request and how it was sent. */
export interface RequestContext {
  readonly broker: BrokerCore;
  readonly version: number;
  /** Empty when the client gave none. */
  readonly clientId: string;
  /** Address of the client, without a slash. */
  readonly clientHost: string;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
}

/**
 * One API of the broker. Requests of a connection are handed to `handle` in order of arrival and without waiting for
 * earlier ones; whatever must happen in that order (appending, for one) happens before its first `await`.
 * Answers are sent in order of arrival by the session.
 */
export interface Handler<Name extends ApiName = ApiName> {
  readonly name: Name;
  /** Versions that are advertised, when they are fewer than the codecs know. */
  readonly versions?: { readonly min?: number; readonly max?: number };
  /** Resolves with the response body, with `no-reply` (acks=0), or with `close` to end the connection without one. */
  handle(request: ApiTypes[Name]["request"], context: RequestContext): Reply<Name> | Promise<Reply<Name>>;
}

/** What a handler answers. */
export type Reply<Name extends ApiName> = ApiTypes[Name]["responseInput"] | "no-reply" | "close";

/** A handler whose API is not known by type; what a table of handlers holds. */
export interface AnyHandler {
  readonly name: ApiName;
  readonly versions?: { readonly min?: number; readonly max?: number };
  handle(request: object, context: RequestContext): object | string | Promise<object | string>;
}

/** Checks a handler against its API's types and forgets them, so that handlers fit into one table. */
export function handler<Name extends ApiName>(definition: Handler<Name>): AnyHandler {
  // The session decodes a request with the codec of `definition.name`, so it has this handler's request type.
  return definition;
}
