import { invalidArgument, namedError } from "../errors.ts";
import { IDEMPOTENT_IN_FLIGHT_MAX } from "../limits.ts";
import type { Partitioner, ProducerOptions } from "../producer-types.ts";
import { bounded, milliseconds } from "../settings.ts";
import type { Codecs, Compression } from "../types.ts";

/** Producer options with every default filled in. */
export interface ProducerSettings {
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  readonly compression: Compression;
  readonly lingerMs: number;
  readonly batchSize: number;
  readonly maxRequestSize: number;
  readonly bufferMemory: number;
  readonly maxBlockMs: number;
  readonly deliveryTimeoutMs: number;
  readonly maxInFlight: number;
  readonly retries: number;
  readonly partitioner: Partitioner | undefined;
}

const INT_MAX = 2_147_483_647;

/** Fills in Kafka's defaults and refuses what cannot be. Kind `invalid`. */
export function resolveProducer(options: ProducerOptions, codecs: Codecs): ProducerSettings {
  const acks = options.acks === "all" || options.acks === undefined ? -1 : options.acks;
  if (acks !== -1 && acks !== 0 && acks !== 1) throw invalidArgument(`acks is ${String(acks)}; give 0, 1, -1 or "all"`);
  const idempotent = options.enableIdempotence ?? acks === -1;
  if (idempotent && acks !== -1) throw invalidArgument('enableIdempotence needs acks "all"; leave one of them out');
  const maxInFlight = bounded(
    "maxInFlightRequestsPerConnection",
    options.maxInFlightRequestsPerConnection ?? IDEMPOTENT_IN_FLIGHT_MAX,
    { min: 1, max: idempotent ? IDEMPOTENT_IN_FLIGHT_MAX : 1_000 },
  );
  const compression = options.compressionType ?? "none";
  if (compression !== "none" && codecs[compression] === undefined) {
    throw namedError("UNSUPPORTED_COMPRESSION_TYPE", `A producer with compressionType ${compression}`);
  }
  return {
    acks,
    idempotent,
    compression,
    lingerMs: milliseconds("lingerMs", options.lingerMs, 5),
    batchSize: bounded("batchSize", options.batchSize ?? 16_384, { min: 0, max: INT_MAX }),
    maxRequestSize: bounded("maxRequestSize", options.maxRequestSize ?? 1_048_576, { min: 1, max: INT_MAX }),
    bufferMemory: bounded("bufferMemory", options.bufferMemory ?? 33_554_432, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    maxBlockMs: milliseconds("maxBlockMs", options.maxBlockMs, 60_000),
    deliveryTimeoutMs: milliseconds("deliveryTimeoutMs", options.deliveryTimeoutMs, 120_000),
    maxInFlight,
    retries: bounded("retries", options.retries ?? INT_MAX, { min: 0, max: INT_MAX }),
    partitioner: options.partitioner,
  };
}
