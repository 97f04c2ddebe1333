export { ShardedLog } from "./sharded-log.ts";
export type { ShardedLogParts } from "./sharded-log.ts";
