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
  const path = text.replace(/^file:\/\//, "");
  refuseScheme(path);
  if (path === "") throw usageError("--store and --data need the path of a folder.");
  return { kind: "folder", path };
}

/**
 * With a slash missing, `s3:/events` would be a folder, and nobody would notice until that machine is gone. One letter is
 * a drive of Windows.
 */
function refuseScheme(text: string): void {
  const { scheme, rest } = /^(?<scheme>[a-z][a-z0-9+.-]+):\/*(?<rest>.*)$/is.exec(text)?.groups ?? {};
  if (scheme === undefined) return;
  throw usageError(
    `--store takes a folder, memory: or s3://bucket/prefix; ${text} is not known. ` +
      `${spelling(scheme.toLowerCase(), rest ?? "")} A folder of that name is ./${text}.`,
  );
}

/** What was probably meant. */
function spelling(scheme: string, rest: string): string {
  if (scheme === "s3") return `For the bucket, write s3://${rest === "" ? "bucket/prefix" : rest}.`;
  if (scheme === "file") return `For the folder, write /${rest}.`;
  if (scheme === "memory") return "For data that is gone at exit, write memory:.";
  return "For a bucket elsewhere, write s3://bucket/prefix and set AWS_ENDPOINT_URL.";
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
