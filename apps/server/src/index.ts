export { closeStore, openStore } from "./open-store.ts";
export { runServer } from "./run-server.ts";
export type { ServerOutput } from "./run-server.ts";
export { parseServeArgs, usualPrices } from "./serve-options.ts";
export type { ServeOptions } from "./serve-options.ts";
export { startServer } from "./start-server.ts";
export type { RunningServer, ServerHost } from "./start-server.ts";
export { parseStoreLocation } from "./store-location.ts";
export type { StoreLocation } from "./store-location.ts";
