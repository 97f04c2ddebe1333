import { usageError } from "./usage-error.ts";

/** Where data is kept. */
export type StoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string };

/** Parses `memory:`, `s3://bucket/prefix`, or a folder. @throws code `USAGE` */
export function parseStoreLocation(text: string): StoreLocation {
  if (text === "memory:" || text === "memory") return { kind: "memory" };
  if (text.startsWith("s3://")) return parseS3(text);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1];
  if (scheme !== undefined && scheme !== "file") {
    throw usageError(`--store takes a folder, memory: or s3://bucket/prefix; ${scheme}:// is not known.`);
  }
  const path = text.replace(/^file:\/\//, "");
  if (path === "") throw usageError("--store and --data need the path of a folder.");
  return { kind: "folder", path };
}

function parseS3(text: string): StoreLocation {
  const [bucket = "", ...rest] = text.slice("s3://".length).split("/");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw usageError(`"${bucket}" is not the name of a bucket: write s3://bucket or s3://bucket/prefix.`);
  }
  return { kind: "s3", bucket, prefix: rest.filter((part) => part !== "").join("/") };
}
