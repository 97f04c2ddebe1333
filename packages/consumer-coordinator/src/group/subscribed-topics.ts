import { hasCode } from "@streambed/kernel";
import { CONSUMER_PROTOCOL_TYPE, decodeSubscription } from "@streambed/protocol";
import type { Group } from "./group.ts";

/** True when a member reads the topic, or when that cannot be told because its metadata is not readable. */
export function subscribesTo(group: Pick<Group, "members" | "protocolType" | "protocolName">, topic: string): boolean {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return false;
  for (const { protocols } of group.members.values()) {
    const metadata = protocols.find(({ name }) => name === group.protocolName)?.metadata ?? protocols[0]?.metadata;
    const topics = metadata === undefined ? undefined : topicsOf(metadata);
    if (topics === undefined || topics.includes(topic)) return true;
  }
  return false;
}

function topicsOf(metadata: Uint8Array): readonly string[] | undefined {
  try {
    return decodeSubscription(metadata).topics;
  } catch (error) {
    // Protocol type `consumer` with metadata of a client's own: nothing can be said about its topics.
    if (hasCode(error, "MALFORMED_BYTES")) return undefined;
    throw error;
  }
}
