export { runServer } from "./run-server.ts";
export type { ServerOutput } from "./run-server.ts";
export { parseServeArgs } from "./serve-options.ts";
export type { ServeOptions } from "./serve-options.ts";
export { startServer } from "./start-server.ts";
export type { RunningServer, ServerHost } from "./start-server.ts";
