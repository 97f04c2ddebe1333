import { messageOf, StreambedError, type ErrorKind } from "@streambed/kernel";

/** What S3, or the way to it, said about a request that failed. */
export interface S3Failure {
  /** `NoSuchBucket`, `ECONNREFUSED`, … */
  readonly name: string;
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** For people. S3 puts no secret into it. */
  readonly detail: string;
}

/** Where requests go; for messages. */
export interface S3Place {
  readonly bucket: string;
  /** The endpoint that was asked for, or undefined for AWS itself. */
  readonly endpoint: string | undefined;
}

/** Reads what the SDK threw. */
export function failureOf(error: unknown): S3Failure {
  const fields: { name?: unknown; code?: unknown; Code?: unknown; $metadata?: { httpStatusCode?: unknown } } =
    typeof error === "object" && error !== null ? error : {};
  const { name, code, Code, $metadata } = fields;
  const status = typeof $metadata?.httpStatusCode === "number" ? $metadata.httpStatusCode : 0;
  // A failed connection is an Error with a system code; S3's own errors carry their code as name.
  const known = [Code, status === 0 ? code : undefined, name].find((value) => typeof value === "string");
  return { name: typeof known === "string" ? known : "Error", status, detail: messageOf(error) };
}

/** Names under which S3 and the SDK report that the credentials are the problem. */
const CREDENTIALS = new Set([
  "AccessDenied",
  "AccountProblem",
  "AllAccessDisabled",
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidAccessKeyId",
  "InvalidSecurity",
  "InvalidToken",
  "NotSignedUp",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
  "UnauthorizedAccess",
  // versitygw, for an access key it does not know (with status 404).
  "XAdminUserNotFound",
]);

const THROTTLED = new Set(["SlowDown", "TooManyRequests", "Throttling", "ThrottlingException", "RequestLimitExceeded"]);
const FULL = new Set(["QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge"]);
const WRONG_REGION = new Set([
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);

/**
 * Turns a failure into an error of the port. The SDK's own error is not kept as cause: it can carry the signed request
 * with it into a log.
 */
export function s3Error(failure: S3Failure, place: S3Place): StreambedError {
  const { kind, code, message } = explain(failure, place);
  return new StreambedError({ kind, code, message });
}

interface Explanation {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
}

function explain(failure: S3Failure, { bucket, endpoint }: S3Place): Explanation {
  const { name, status, detail } = failure;
  const where = endpoint ?? "AWS S3";
  const said = status === 0 ? name : `${status} ${name}`;
  if (name === "NoSuchBucket" || name === "InvalidBucketName") {
    const message = `There is no bucket ${bucket} at ${where} (${said}). Create it, or check its name and the region.`;
    return { kind: "not-found", code: "BUCKET_NOT_FOUND", message };
  }
  if (name === "RequestTimeTooSkewed") {
    const message = `${where} refuses requests because the clock of this machine is wrong (${said}). Set it (NTP).`;
    return { kind: "denied", code: "STORE_ACCESS_DENIED", message };
  }
  if (WRONG_REGION.has(name) || status === 301) {
    const message = `The bucket ${bucket} is in another region (${said}). Set AWS_REGION to the bucket's region.`;
    return { kind: "invalid", code: "STORE_REGION_WRONG", message };
  }
  if (FULL.has(name) || status === 507) {
    const message = `${where} has no room for more data in bucket ${bucket} (${said}). Raise its quota or free space.`;
    return { kind: "limit", code: "STORE_FULL", message };
  }
  if (CREDENTIALS.has(name) || status === 401 || status === 403) {
    const message = `${where} does not let these credentials use bucket ${bucket} (${said}). Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and that they may get, put, list and delete there.`;
    return { kind: "denied", code: "STORE_ACCESS_DENIED", message };
  }
  return explainTrouble(failure, where, `${said}: ${detail}`);
}

/** Answers and silences that may pass. */
function explainTrouble({ name, status }: S3Failure, where: string, said: string): Explanation {
  const kind = "unavailable";
  if (name === "ConditionalRequestConflict" || name === "OperationAborted" || status === 409) {
    const message = `${where} was writing the same key for somebody else (${said}). Send the same bytes again.`;
    return { kind, code: "STORE_BUSY", message };
  }
  if (THROTTLED.has(name) || status === 429 || status === 503) {
    return { kind, code: "STORE_THROTTLED", message: `${where} asks to slow down (${said}). Send it again later.` };
  }
  if (name === "TimeoutError" || name === "RequestTimeout" || name === "ETIMEDOUT" || status === 408) {
    const message = `${where} did not answer in time (${said}). Check the network and the endpoint, then send it again.`;
    return { kind, code: "STORE_TIMEOUT", message };
  }
  if (name === "InternalError" || status === 500) {
    const message = `${where} failed while it worked on the request (${said}). Send it again; if that goes on, look at its own log.`;
    return { kind, code: "STORE_INTERNAL_ERROR", message };
  }
  if (status >= 400 && status < 500) {
    const message = `${where} refused the request (${said}). Check that it speaks the S3 API, and the settings of the store.`;
    return { kind: "invalid", code: "STORE_REQUEST_REFUSED", message };
  }
  const message = `${where} cannot be used now (${said}). Check that it is running and reachable at that address.`;
  return { kind, code: "STORE_UNAVAILABLE", message };
}
