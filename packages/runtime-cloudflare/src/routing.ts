import { murmur2, utf8 } from "@streambed/kernel";
import { GATEWAYS_MAX } from "./limits.ts";

/** Name of the Durable Object that owns a shard. */
export function shardName(shard: number): string {
  return `shard-${shard}`;
}

/**
 * Name of the gateway that serves a path. All paths of a consumer group lead to one gateway, because consumer instances
 * live in its memory; writes to one topic do, so that they share commits; others are spread.
 */
export function gatewayName(pathname: string, gateways: number): string {
  const [, root = "", name = ""] = pathname.split("/");
  const key = root === "consumers" ? `consumers/${name}` : pathname;
  return `gateway-${(murmur2(utf8(key)) & 0x7fff_ffff) % gateways}`;
}

/** The number of gateways from the Worker's settings; 1 when it is not set. Throws for anything but 1 to 64. */
export function gatewayCount(setting: string | undefined): number {
  const count = Number(setting ?? "1");
  if (Number.isInteger(count) && count >= 1 && count <= GATEWAYS_MAX) return count;
  throw new Error(`STREAMBED_GATEWAYS is ${setting}; it must be a whole number from 1 to ${GATEWAYS_MAX}`);
}
