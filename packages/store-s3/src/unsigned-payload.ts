import type { S3Client } from "@aws-sdk/client-s3";

/** S3's value for a body that the signature does not cover. */
export const UNSIGNED = "UNSIGNED-PAYLOAD";
/** Where S3 is told what the signature says about the body. */
export const HASH_HEADER = "x-amz-content-sha256";

/**
 * Leaves bodies out of the signature where TLS protects them anyway. Hashing 8 MiB blocks a Node process for 20 to 50 ms,
 * more than sending it. Without TLS the signature is what protects a body on its way, so there it stays.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function leavePayloadUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      if (isSecurePut(args.request)) args.request.headers[HASH_HEADER] = UNSIGNED;
      return next(args);
    },
    { step: "build" },
  );
}

interface HttpRequestLike {
  readonly method: string;
  readonly protocol: string;
  readonly headers: Record<string, string>;
}

function isSecurePut(request: unknown): request is HttpRequestLike {
  if (typeof request !== "object" || request === null || !("headers" in request)) return false;
  if (!("method" in request) || !("protocol" in request)) return false;
  return request.method === "PUT" && isSecure(request.protocol);
}

/** Whether TLS protects what is sent. */
export function isSecure(protocol: unknown): boolean {
  return protocol === "https:";
}
