import type { ApiTypes } from "@streambed/protocol";
import { itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import type { ConfigChanges } from "../topics/config-resources.ts";
import { changeConfigs } from "../topics/config-resources.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Configs = ApiTypes["AlterConfigs"]["request"]["resources"][number]["configs"];

/** AlterConfigs: replaces all overrides of a topic by those given. */
export const alterConfigsHandler: AnyHandler = handler({
  name: "AlterConfigs",
  async handle(request, { broker }) {
    await broker.log.verifyTail();
    const responses = request.resources.map(async ({ resourceType, resourceName, configs }) => {
      const resource = { resourceType, resourceName };
      const outcome = await changeConfigs(
        broker,
        resource,
        (current) => replace(current, configs),
        request.validateOnly,
      );
      return { ...outcome, resourceType, resourceName };
    });
    return { throttleTimeMs: 0, responses: await Promise.all(responses) };
  },
});

function replace(current: ReadonlyMap<string, string>, configs: Configs): ConfigChanges | ItemError {
  const changes = new Map<string, string | null>([...current.keys()].map((name) => [name, null]));
  for (const { name, value } of configs) {
    if (value === null) return itemError("INVALID_CONFIG", `Null value not supported for: ${name}`);
    changes.set(name, value);
  }
  return changes;
}
