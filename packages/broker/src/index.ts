export { createBroker } from "./broker.ts";
export type { Broker, BrokerParts } from "./broker.ts";
export type { BrokerCore } from "./broker-core.ts";
export type { ByteDuplex } from "./ports/byte-duplex.ts";
export { inProcessTransport } from "./in-process-transport.ts";
export { serveConnection } from "./serve-connection.ts";
export type { FrameAnswer, Session } from "./session.ts";
export { DEFAULT_SETTINGS } from "./settings.ts";
export type { BrokerSettings } from "./settings.ts";
