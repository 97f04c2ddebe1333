export { decodeBase64, encodeBase64 } from "./base64.ts";
export { memoryInstances } from "./consumer-instances/memory-instances.ts";
export type { MemoryInstancesOptions } from "./consumer-instances/memory-instances.ts";
export type {
  ConsumerInstance,
  ConsumerInstances,
  Created,
  InstanceConfig,
  ReadOptions,
  Seek,
  StateOutcome,
  SubscriptionRequest,
} from "./consumer-instances/port.ts";
export { createRestProxy } from "./create-rest-proxy.ts";
export type { RestProxy, RestProxyOptions } from "./create-rest-proxy.ts";
export * as limits from "./limits.ts";
