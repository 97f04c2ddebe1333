import { usageError } from "./usage-error.ts";

/** Where data is kept. */
export type StoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      readonly prefix: string;
      /** Null for AWS itself. */
      readonly endpoint: string | null;
    };

/** Variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Parses `memory:`, `s3://bucket/prefix`, or a folder. @throws code `USAGE` */
export function parseStoreLocation(text: string, environment: Environment): StoreLocation {
  if (text === "memory:" || text === "memory") return { kind: "memory" };
  if (text.startsWith("s3://")) return parseS3(text, environment);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1];
  if (scheme !== undefined && scheme !== "file") {
    throw usageError(`--store takes a folder, memory: or s3://bucket/prefix; ${scheme}:// is not known.`);
  }
  const path = text.replace(/^file:\/\//, "");
  if (path === "") throw usageError("--store and --data need the path of a folder.");
  return { kind: "folder", path };
}

function parseS3(text: string, environment: Environment): StoreLocation {
  const [bucket = "", ...rest] = text.slice("s3://".length).split("/");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw usageError(`"${bucket}" is not the name of a bucket: write s3://bucket or s3://bucket/prefix.`);
  }
  // The names and the order of AWS's own tools; region and credentials are found by the S3 client itself.
  const endpoint = environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"] ?? null;
  if (endpoint !== null && !URL.canParse(endpoint)) {
    throw usageError(`AWS_ENDPOINT_URL is not a URL: "${endpoint}"; write it like http://127.0.0.1:9000.`);
  }
  return { kind: "s3", bucket, prefix: rest.filter((part) => part !== "").join("/"), endpoint };
}
