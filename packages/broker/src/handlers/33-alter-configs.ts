import type { ApiTypes } from "@streambed/protocol";
import { itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import type { ConfigChanges } from "../topics/config-resources.ts";
import { changeConfigs, repeatedResource } from "../topics/config-resources.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Configs = ApiTypes["AlterConfigs"]["request"]["resources"][number]["configs"];

/** AlterConfigs: replaces all overrides of a topic by those given. */
export const alterConfigsHandler: AnyHandler = handler({
  name: "AlterConfigs",
  async handle(request, { broker }) {
    await broker.log.verifyTail([]);
    const responses = request.resources.map(async ({ resourceType, resourceName, configs }) => {
      const resource = { resourceType, resourceName };
      const repeated = repeatedResource(request.resources, resource);
      const changesFor = (current: ReadonlyMap<string, string>) => replace(current, configs);
      const outcome = repeated ?? (await changeConfigs(broker, resource, changesFor, request.validateOnly));
      return { ...outcome, resourceType, resourceName };
    });
    return { throttleTimeMs: 0, responses: await Promise.all(responses) };
  },
});

function replace(current: ReadonlyMap<string, string>, configs: Configs): ConfigChanges | ItemError {
  const changes = new Map<string, string | null>([...current.keys()].map((name) => [name, null]));
  const given = new Set<string>();
  for (const { name, value } of configs) {
    if (given.has(name)) return itemError("INVALID_REQUEST", `Error due to duplicate config keys: ${name}`);
    given.add(name);
    if (value === null) return itemError("INVALID_REQUEST", `Null value not supported for: ${name}`);
    changes.set(name, value);
  }
  return changes;
}
