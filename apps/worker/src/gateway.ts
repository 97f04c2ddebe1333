import { DurableObject } from "cloudflare:workers";
import { systemClock, systemRandom } from "@streambed/kernel";
import { createGatewayHost, workerLogger } from "@streambed/runtime-cloudflare";
import type { GatewayHost, GatewayStubLike } from "@streambed/runtime-cloudflare";
import type { Env } from "./env.ts";

/** Serves REST: producers and consumer instances live here, between requests. */
export class Gateway extends DurableObject<Env> implements GatewayStubLike {
  readonly #host: GatewayHost;

  constructor(ctx: DurableObject<Env>["ctx"], env: Env) {
    super(ctx, env);
    this.#host = createGatewayHost({
      shards: env.SHARDS,
      alarm: ctx.storage,
      name: ctx.id.name ?? "gateway-0",
      clock: systemClock(),
      random: systemRandom(),
      logger: workerLogger(),
    });
  }

  fetch(request: Request): Promise<Response> {
    return this.#host.fetch(request);
  }

  alarm(): void {
    this.#host.alarm();
  }
}
