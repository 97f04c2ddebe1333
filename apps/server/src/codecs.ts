import { type Codecs, defaultCodecs } from "@streambed/protocol";
import { nodeCodecs } from "@streambed/runtime-node";

/** All compressions of Kafka: Node's own where it has them. */
export const codecs: Codecs = { ...defaultCodecs, ...nodeCodecs() };
