import type { S3Client } from "@aws-sdk/client-s3";
import { isLoopback } from "@streambed/kernel";

/** S3's value for a body that the signature does not cover. */
export const UNSIGNED = "UNSIGNED-PAYLOAD";
/** Where S3 is told what the signature says about the body. */
export const HASH_HEADER = "x-amz-content-sha256";

/**
 * Leaves bodies out of the signature where nobody could change them on their way: under TLS, and to a server on this
 * machine. Hashing 8 MiB blocks a Node process for 10 to 50 ms, more than sending it, and a server as long again.
 * Elsewhere without TLS the signature is what protects a body, so there it stays.
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

interface HttpRequestLike extends Route {
  readonly method: string;
  readonly headers: Record<string, string>;
}

function isSecurePut(request: unknown): request is HttpRequestLike {
  if (typeof request !== "object" || request === null || !("headers" in request)) return false;
  if (!("method" in request) || !("protocol" in request) || !("hostname" in request)) return false;
  return request.method === "PUT" && isSecure(request);
}

/** Which way a request takes. */
interface Route {
  readonly protocol: unknown;
  readonly hostname: unknown;
}

/** Whether what is sent arrives as it was sent, signed or not. */
export function isSecure({ protocol, hostname }: Route): boolean {
  // In URLs IPv6 addresses have brackets.
  return protocol === "https:" || (typeof hostname === "string" && isLoopback(hostname.replace(/^\[(.*)\]$/, "$1")));
}
