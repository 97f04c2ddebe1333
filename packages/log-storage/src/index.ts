export type {
  GetOptions,
  GetResult,
  HeadResult,
  ListOptions,
  ListPage,
  ObjectInfo,
  ObjectStore,
  PutCondition,
  PutOptions,
  PutResult,
} from "./ports/object-store.ts";
export type { ByteRange, CreateResult, LogStore, ReadResult } from "./ports/log-store.ts";
