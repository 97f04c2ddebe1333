export type { R2BodyLike, R2BucketLike, R2ObjectLike, R2ObjectsLike } from "./r2-bucket-like.ts";
export { r2Store } from "./r2-store.ts";
export type { R2StoreOptions } from "./r2-store.ts";
