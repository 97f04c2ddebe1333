/** Bounds for what a bucket answers, seconds: a folder takes less than a millisecond, a distant bucket a second. */
export const STORE_SECONDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** Bounds for what a client waits, seconds: long polls included. */
export const REQUEST_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60,
];
/** Bounds for what waits in memory, bytes. */
export const QUEUE_BYTES: readonly number[] = [0, 4096, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 50_331_648];
