export { memoryStore } from "./memory-store.ts";
export type { MemoryObject, MemorySnapshot, MemoryStore, MemoryStoreOptions } from "./memory-store.ts";
