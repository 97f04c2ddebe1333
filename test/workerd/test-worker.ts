import { DurableObject } from "cloudflare:workers";
import { silentLogger, systemClock, systemRandom } from "@streambed/kernel";
import { createShardHost } from "@streambed/runtime-cloudflare";
import type { ShardAnswer, ShardHost, ShardStubLike } from "@streambed/runtime-cloudflare";
import { r2Store } from "@streambed/store-r2";
import type { Env } from "../../apps/worker/src/env.ts";
import { Gateway as DeployedGateway } from "../../apps/worker/src/gateway.ts";
import worker from "../../apps/worker/src/main.ts";

interface Crashable {
  crash(): Promise<void>;
}

/** A gateway that ends in the middle of whatever it does when it is told to. */
export class Gateway extends DeployedGateway implements Crashable {
  crash(): Promise<void> {
    this.ctx.abort("crashed by a test");
    return Promise.resolve();
  }
}

/** A shard that ends in the middle of whatever it does when it is told to. */
export class Shard extends DurableObject<Env> implements ShardStubLike, Crashable {
  readonly #host: ShardHost;

  constructor(ctx: DurableObject<Env>["ctx"], env: Env) {
    super(ctx, env);
    const clock = systemClock();
    this.#host = createShardHost({
      store: r2Store({ bucket: env.BUCKET, clock }),
      name: "shard-0",
      clock,
      alarm: ctx.storage,
      random: systemRandom(),
      logger: silentLogger,
      settings: { groupInitialRebalanceDelayMs: 0 },
    });
  }

  request(frame: Uint8Array): Promise<ShardAnswer> {
    return this.#host.request(frame);
  }

  alarm(): void {
    this.#host.alarm();
  }

  crash(): Promise<void> {
    this.ctx.abort("crashed by a test");
    return Promise.resolve();
  }
}

const DOORS: Readonly<Record<string, (request: Request, env: Env) => Promise<Response>>> = {
  /** One Kafka request frame in, its answer out: 200, 204 for none, 410 for a closed connection. */
  async "/test/kafka"(request, env) {
    const answer = await env.SHARDS.getByName("shard-0").request(new Uint8Array(await request.arrayBuffer()));
    if (answer.kind === "no-reply") return new Response(null, { status: 204 });
    if (answer.kind === "close") return new Response(answer.reason, { status: 410 });
    return new Response(new Uint8Array(answer.frame));
  },
  "/test/crash-shard": (_, env) => crash(env.SHARDS.getByName("shard-0")),
  "/test/crash-gateway": (_, env) => crash(env.GATEWAYS.getByName("gateway-0")),
};

async function crash(stub: unknown): Promise<Response> {
  // The bindings lead to the classes above. Who crashes does not answer.
  await (stub as Crashable).crash().catch(() => undefined);
  return new Response(null, { status: 204 });
}

const testWorker = {
  async fetch(request: Request, env: Env): Promise<Response> {
    const door = DOORS[new URL(request.url).pathname];
    try {
      return door === undefined ? await worker.fetch(request, env) : await door(request, env);
    } catch (error) {
      return new Response(String(error), { status: 410 });
    }
  },
};
export default testWorker;
