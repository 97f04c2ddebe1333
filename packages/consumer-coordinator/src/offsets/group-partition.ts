/** The topic that holds offsets and groups. */
export const OFFSETS_TOPIC = "__consumer_offsets";

/** Partition of `__consumer_offsets` that a group lives in, as Kafka and every tool compute it. */
export function groupPartition(groupId: string, partitions: number): number {
  const hash = javaStringHash(groupId);
  // Java's smallest integer has no absolute value; Kafka takes 0 for it.
  return (hash === -0x8000_0000 ? 0 : Math.abs(hash)) % partitions;
}

/** `String.hashCode` of Java, over UTF-16 code units. */
export function javaStringHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}
