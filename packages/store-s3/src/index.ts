export { s3Store } from "./s3-store.ts";
export type { S3Store, S3StoreOptions } from "./s3-store.ts";
