import { StreambedError } from "@streambed/kernel";

/**
 * An HTTP request as Function URLs and API Gateway's HTTP APIs hand it over: payload format 2.0, as far as it is used.
 * Header names are in lower case, repeated headers are joined by commas, cookies are apart.
 */
export interface HttpEvent {
  readonly version: "2.0";
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly domainName?: string;
    /** `$default` unless the API has a named stage, which then begins the path. */
    readonly stage?: string;
    readonly http: { readonly method: string };
  };
}

/**
 * Checks that an invocation is an HTTP request in payload format 2.0.
 *
 * @throws kind `invalid`, code `EVENT_NOT_SUPPORTED`
 */
export function asHttpEvent(event: unknown): HttpEvent {
  if (!isObject(event) || event["version"] !== "2.0") throw notSupported("it is not in payload format 2.0");
  const { requestContext } = event;
  if (typeof event["rawPath"] !== "string") throw notSupported("it has no rawPath");
  if (!isObject(requestContext) || !isObject(requestContext["http"])) throw notSupported("it is no HTTP request");
  if (typeof requestContext["http"]["method"] !== "string") throw notSupported("it names no HTTP method");
  // Checked above as far as it can go wrong; the rest is AWS's word.
  return event as unknown as HttpEvent;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function notSupported(what: string): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "EVENT_NOT_SUPPORTED",
    message: `Cannot serve this event: ${what}. Call through a Function URL, or an API Gateway HTTP API with payload format 2.0.`,
  });
}
