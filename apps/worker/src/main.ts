import { gatewayCount, gatewayName, refuse } from "@streambed/runtime-cloudflare";
import type { Env } from "./env.ts";

export { Gateway } from "./gateway.ts";
export { Shard } from "./shard.ts";

const worker = {
  /** Lets in who may enter, and hands the request to the gateway that holds what it is about. */
  async fetch(request: Request, env: Env): Promise<Response> {
    const refused = await refuse(request, env);
    if (refused !== null) return refused;
    const name = gatewayName(new URL(request.url).pathname, gatewayCount(env.STREAMBED_GATEWAYS));
    return env.GATEWAYS.getByName(name).fetch(request);
  },
};
// oxlint-disable-next-line import/no-default-export -- workerd takes a Worker's handlers from the default export
export default worker;
