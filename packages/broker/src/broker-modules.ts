import { GroupLogState } from "@streambed/consumer-coordinator";
import { StreambedError } from "@streambed/kernel";
import type { StateModule } from "@streambed/log-storage";

/**
 * The state that a broker keeps in the log's fold: give it to `openShardLog({ modules: brokerModules })`.
 * Called once for each state that is built, because modules hold state.
 */
export function brokerModules(): readonly StateModule[] {
  return [new GroupLogState()];
}

/**
 * The state of consumer groups in a fold.
 *
 * @throws kind `invalid`, code `GROUP_STATE_MISSING` when the log was opened without `brokerModules`
 */
export function groupStateOf({ modules }: { readonly modules: readonly StateModule[] }): GroupLogState {
  for (const module of modules) if (module instanceof GroupLogState) return module;
  throw new StreambedError({
    kind: "invalid",
    code: "GROUP_STATE_MISSING",
    message: "The log was opened without the state of consumer groups; open it with modules: brokerModules",
  });
}
