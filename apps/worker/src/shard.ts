import { DurableObject } from "cloudflare:workers";
import { systemClock, systemRandom } from "@streambed/kernel";
import { createShardHost, workerLogger } from "@streambed/runtime-cloudflare";
import type { ShardAnswer, ShardHost, ShardStubLike } from "@streambed/runtime-cloudflare";
import { r2Store } from "@streambed/store-r2";
import type { Env } from "./env.ts";

/** Owns one shard of the log: the only object that writes it while it lives, though safety does not rest on that. */
export class Shard extends DurableObject<Env> implements ShardStubLike {
  readonly #host: ShardHost;

  constructor(ctx: DurableObject<Env>["ctx"], env: Env) {
    super(ctx, env);
    const clock = systemClock();
    const store = r2Store({ bucket: env.BUCKET, clock });
    const name = ctx.id.name ?? "shard-0";
    const parts = { clock, alarm: ctx.storage, random: systemRandom(), logger: workerLogger() };
    this.#host = createShardHost({ store, name, ...parts });
  }

  request(frame: Uint8Array): Promise<ShardAnswer> {
    return this.#host.request(frame);
  }

  alarm(): void {
    this.#host.alarm();
  }
}
