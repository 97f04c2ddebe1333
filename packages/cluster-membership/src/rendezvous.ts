import { murmur2, utf8 } from "@streambed/kernel";

/**
 * The brokers in the order in which they should own a shard (highest random weight): every broker computes the same order
 * without talking to anybody, and when one comes or goes only the shards that it wins or had are moved.
 */
export function rankBrokers(shard: number, nodeIds: Iterable<number>): number[] {
  return [...nodeIds]
    .map((nodeId) => ({ nodeId, weight: weightOf(shard, nodeId) }))
    .sort((left, right) => right.weight - left.weight || left.nodeId - right.nodeId)
    .map(({ nodeId }) => nodeId);
}

function weightOf(shard: number, nodeId: number): number {
  const hash = murmur2(utf8(`shard ${shard} broker ${nodeId}`));
  // Short inputs that differ in one digit leave traces in murmur2; a finalizer removes them.
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const again = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (again ^ (again >>> 16)) >>> 0;
}
