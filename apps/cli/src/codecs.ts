import type { Codecs } from "@streambed/client";
import { defaultCodecs } from "@streambed/protocol";
import { nodeCodecs } from "@streambed/runtime-node";

/** All compressions of Kafka: those of Node where it has them, ours for the rest. */
export function codecs(): Codecs {
  return { ...defaultCodecs, ...nodeCodecs() };
}
