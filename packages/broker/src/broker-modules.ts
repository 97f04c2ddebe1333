import { GroupLogState } from "@streambed/consumer-coordinator";
import type { StateModule } from "@streambed/log-storage";

/**
 * The state that a broker keeps in the log's fold: give it to `openShardLog({ modules: brokerModules })`.
 * Called once for each state that is built, because modules hold state.
 */
export function brokerModules(): readonly StateModule[] {
  return [new GroupLogState()];
}
