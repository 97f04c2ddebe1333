import { silentLogger, type Clock, type Logger, type Random } from "@streambed/kernel";
import { invalidArgument } from "./errors.ts";
import { CLIENT_ID_CHARACTERS_MAX } from "./limits.ts";
import type { Address, Transport } from "./ports/transport.ts";
import type { Codecs } from "@streambed/protocol";
import { completeCodecs } from "./complete-codecs.ts";
import type { ClientOptions } from "./types.ts";

/** Client options with every default filled in. */
export interface Settings {
  readonly transport: Transport;
  readonly bootstrap: readonly Address[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The missing ones refuse. */
  readonly codecs: Codecs;
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly defaultApiTimeoutMs: number;
  readonly setupTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  readonly retryBackoff: { readonly firstMs: number; readonly maxMs: number };
  readonly reconnectBackoff: { readonly firstMs: number; readonly maxMs: number };
  readonly connectionsMaxIdleMs: number;
}

/** Fills in Kafka's defaults and refuses what cannot be. Kind `invalid`, code `INVALID_CONFIG`. */
export function resolveSettings(options: ClientOptions): Settings {
  if (options.bootstrap.length === 0) throw invalidArgument("bootstrap is empty; name at least one broker");
  for (const { host, port } of options.bootstrap) {
    if (host === "" || !Number.isInteger(port) || port < 0 || port > 65_535) {
      throw invalidArgument(`bootstrap holds "${host}:${port}"; give a host name and a port from 1 to 65535`);
    }
  }
  const clientId = options.clientId ?? "streambed";
  if (clientId.length > CLIENT_ID_CHARACTERS_MAX) throw invalidArgument("clientId is too long");
  return {
    transport: options.transport,
    bootstrap: options.bootstrap,
    clock: options.clock,
    random: options.random,
    logger: options.logger ?? silentLogger,
    codecs: completeCodecs(options.codecs ?? {}),
    clientId,
    requestTimeoutMs: milliseconds("requestTimeoutMs", options.requestTimeoutMs, 30_000),
    defaultApiTimeoutMs: milliseconds("defaultApiTimeoutMs", options.defaultApiTimeoutMs, 60_000),
    setupTimeoutMs: milliseconds("socketConnectionSetupTimeoutMs", options.socketConnectionSetupTimeoutMs, 10_000),
    metadataMaxAgeMs: milliseconds("metadataMaxAgeMs", options.metadataMaxAgeMs, 300_000),
    retryBackoff: {
      firstMs: milliseconds("retryBackoffMs", options.retryBackoffMs, 100),
      maxMs: milliseconds("retryBackoffMaxMs", options.retryBackoffMaxMs, 1_000),
    },
    reconnectBackoff: {
      firstMs: milliseconds("reconnectBackoffMs", options.reconnectBackoffMs, 50),
      maxMs: milliseconds("reconnectBackoffMaxMs", options.reconnectBackoffMaxMs, 1_000),
    },
    connectionsMaxIdleMs: milliseconds("connectionsMaxIdleMs", options.connectionsMaxIdleMs, 540_000),
  };
}

/** A time option, or its default. */
export function milliseconds(name: string, value: number | undefined, fallback: number): number {
  return bounded(name, value ?? fallback, { min: 0, max: 2_147_483_647 });
}

/** A whole number within bounds. Kind `invalid`, code `INVALID_CONFIG`. */
export function bounded(name: string, value: number, bounds: { readonly min: number; readonly max: number }): number {
  if (!Number.isInteger(value) || value < bounds.min || value > bounds.max) {
    throw invalidArgument(`${name} is ${value}; give a whole number from ${bounds.min} to ${bounds.max}`);
  }
  return value;
}
