import { murmur2 } from "@streambed/kernel";

/**
 * The partition of a key, as Kafka's Java client computes it: murmur2, sign bit cleared, modulo.
 *
 * @param partitionCount number of partitions of the topic, at least 1
 */
export function defaultPartition(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount;
}
