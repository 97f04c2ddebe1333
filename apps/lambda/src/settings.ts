import { StreambedError } from "@streambed/kernel";

/** What the environment of a function says. */
export interface LambdaSettings {
  readonly bucket: string;
  readonly prefix: string;
  /** An S3 server that is not AWS. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Base of the links in answers, when callers use another address than the function sees. */
  readonly advertisedUrl: string | undefined;
  /** `stream` for Function URLs with invoke mode RESPONSE_STREAM. */
  readonly responses: "buffer" | "stream";
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment: `STREAMBED_STORE` (`s3://bucket/prefix`), `STREAMBED_ADVERTISED_URL`, `STREAMBED_RESPONSES`,
 * and AWS's own `AWS_REGION` and `AWS_ENDPOINT_URL_S3` (or `AWS_ENDPOINT_URL`).
 *
 * @throws kind `invalid`, code `INVALID_CONFIG`
 */
export function readSettings(environment: Environment): LambdaSettings {
  const store = /^s3:\/\/([^/]+)\/?(.*)$/.exec(environment["STREAMBED_STORE"] ?? "");
  const [, bucket, prefix = ""] = store ?? [];
  if (bucket === undefined) throw invalid("STREAMBED_STORE must be set to s3://bucket or s3://bucket/prefix.");
  const responses = environment["STREAMBED_RESPONSES"] ?? "buffer";
  if (responses !== "buffer" && responses !== "stream") {
    throw invalid(`STREAMBED_RESPONSES is ${responses}; it must be buffer or stream.`);
  }
  return {
    bucket,
    prefix,
    endpoint: environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"],
    region: environment["AWS_REGION"],
    advertisedUrl: environment["STREAMBED_ADVERTISED_URL"],
    responses,
  };
}

function invalid(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "INVALID_CONFIG", message });
}
