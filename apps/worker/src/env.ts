import type { AccessSettings, GatewayStubLike, NamespaceLike, ShardStubLike } from "@streambed/runtime-cloudflare";
import type { R2BucketLike } from "@streambed/store-r2";

/** Bindings and settings, as infra/cloudflare/wrangler.jsonc declares them. */
export interface Env extends AccessSettings {
  readonly BUCKET: R2BucketLike;
  readonly SHARDS: NamespaceLike<ShardStubLike>;
  readonly GATEWAYS: NamespaceLike<GatewayStubLike>;
  /** How many objects serve REST, 1 to 64. */
  readonly STREAMBED_GATEWAYS?: string;
}
