import type { S3Client } from "@aws-sdk/client-s3";
import { byteLength, concatBytes, type Clock } from "@streambed/kernel";
import { ERROR_BODY_BYTES_MAX } from "./limits.ts";
import { HASH_HEADER, isSecure, UNSIGNED } from "./unsigned-payload.ts";

/** A request for one object. */
export interface DirectRequest {
  readonly method: "GET" | "PUT";
  readonly key: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly signal: AbortSignal;
}

/** The answer to it, read to its end; fields are named as in the SDK's outputs. */
export interface DirectAnswer {
  readonly ETag: string | undefined;
  readonly ContentRange: string | undefined;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Makes of chunks what the SDK's request handler takes as a body. */
export type ToBody = (chunks: readonly Uint8Array[]) => unknown;

type Config = S3Client["config"];
type Signer = Awaited<ReturnType<Config["signer"]>>;
type Scheme = NonNullable<Parameters<Config["signer"]>[0]>;
type Endpoint = ReturnType<Config["endpointProvider"]>;

/** What direct requests need. */
export interface DirectRequestsOptions {
  readonly client: S3Client;
  readonly clock: Clock;
  /** For bodies that the signature does not cover. */
  readonly toBody: ToBody;
}

/** Where the bucket is, and how requests for it are signed. */
interface Route {
  readonly url: URL;
  readonly signer: Signer;
}

/** How wrong the clock may be before signatures are dated by S3's; it refuses what is 15 minutes off, milliseconds. */
const SKEW_MS_MAX = 300_000;
/** How long after its request an answer may come for its date to be believed, milliseconds. */
const DATE_AGE_MS_MAX = 60_000;
/** For the access logs of a bucket. */
const USER_AGENT = "streambed";

/**
 * Sends requests for single objects past the SDK's middleware, which takes 2 ms of a processor for each, and opens a new
 * connection for each body of more than 2 MiB. Endpoint, credentials, signature and connections are still the SDK's: the
 * first request goes through it, and later ones follow the route that it took.
 */
export class DirectRequests {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #toBody: ToBody;
  #route: Route | "unknown" | "special" = "unknown";

  constructor({ client, clock, toBody }: DirectRequestsOptions) {
    this.#config = client.config;
    this.#clock = clock;
    this.#toBody = toBody;
    client.middlewareStack.add(
      (next, context) => (args) => {
        // Only now: the endpoint is put into the context by an earlier step of the same request.
        const { endpointV2, authSchemes } = context;
        if (this.#route === "unknown" && endpointV2 !== undefined) void this.#learn(endpointV2, authSchemes);
        return next(args);
      },
      { step: "build" },
    );
  }

  /** Whether requests may go this way already. */
  get areReady(): boolean {
    return typeof this.#route !== "string";
  }

  /** Rejects with what has the shape of the SDK's errors when S3 refuses, and with the SDK's own without an answer. */
  async send({ method, key, headers, body, signal }: DirectRequest): Promise<DirectAnswer> {
    if (typeof this.#route === "string") throw new Error("the way to the bucket is not known yet");
    const { url, signer } = this.#route;
    const { protocol, hostname, port, host, pathname } = url;
    const place = { protocol, hostname, path: `${pathname === "/" ? "" : pathname}/${escapeKey(key)}`, query: {} };
    const signed = await signer.sign(
      {
        ...place,
        ...(port === "" ? {} : { port: Number(port) }),
        method,
        headers: { host, "user-agent": USER_AGENT, ...headers, ...bodyHeaders(url, body) },
        ...(body === undefined ? {} : { body: isSecure(url) ? this.#toBody(body) : concatBytes(body) }),
      },
      { signingDate: new Date(this.#clock.now() + this.#config.systemClockOffset) },
    );
    const sentMs = this.#clock.elapsed();
    const { response } = await this.#config.requestHandler.handle(signed as never, { abortSignal: signal });
    this.#lookAtTime(response.headers, this.#clock.elapsed() - sentMs);
    const answer = response.body as AsyncIterable<Uint8Array>;
    if (response.statusCode >= 300) throw refusal(response, await reasonIn(answer, signal));
    const bytes = await collect(answer);
    const { headers: answered } = response;
    return { ETag: answered["etag"], ContentRange: answered["content-range"], bytes, headers: answered };
  }

  /** Never rejects: what the SDK cannot tell now is asked again with the next request. */
  async #learn({ url, headers = {}, properties }: Endpoint, [scheme]: readonly Scheme[] = []): Promise<void> {
    // Directory buckets and access points of several regions are signed in ways of their own; so is the request for a
    // session that the SDK sends before others to a directory bucket.
    const isPlain = scheme?.name === "sigv4" && scheme.signingName === "s3" && properties?.["backend"] !== "S3Express";
    if (!isPlain || Object.keys(headers).length > 0) this.#route = "special";
    else {
      const signer = await this.#config.signer(scheme).catch(() => undefined);
      if (signer !== undefined) this.#route = { url, signer };
    }
  }

  /** Kept where the SDK keeps it, for its own requests. An answer from a cache, or that waited for us, tells nothing. */
  #lookAtTime({ date, age }: Readonly<Record<string, string | undefined>>, tookMs: number): void {
    if (age !== undefined || tookMs > DATE_AGE_MS_MAX) return;
    const config: { systemClockOffset: number } = this.#config;
    const offsetMs = Date.parse(date ?? "") - this.#clock.now();
    if (Math.abs(offsetMs - config.systemClockOffset) > SKEW_MS_MAX) config.systemClockOffset = offsetMs;
  }
}

function bodyHeaders(url: URL, body: readonly Uint8Array[] | undefined): Record<string, string> {
  if (body === undefined) return {};
  const plain = { "content-length": String(byteLength(body)), "content-type": "application/octet-stream" };
  return isSecure(url) ? { ...plain, [HASH_HEADER]: UNSIGNED } : plain;
}

/** As SigV4 wants it: everything but unreserved characters and slashes (RFC 3986). */
function escapeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const [only] = chunks;
  // A copy: a small chunk is a view of a much larger buffer of the socket's, and may be kept for long.
  return chunks.length === 1 && only !== undefined ? new Uint8Array(only) : concatBytes(chunks);
}

/** What came of an error's body: its status alone says a lot, so one that is cut off or very long is no failure. */
async function reasonIn(body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > ERROR_BODY_BYTES_MAX) break;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    text += "(cut off)";
  }
  return text;
}

/** Only S3 itself says that a key is missing: with a code, or to a HEAD without a body. A proxy's 404 says nothing. */
function refusal(response: { readonly statusCode: number }, text: string): Error {
  const inside = (tag: string): string | undefined => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1];
  const { statusCode: httpStatusCode } = response;
  const error = new Error(inside("Message") ?? "no reason given");
  const name = inside("Code") ?? (httpStatusCode === 404 && text === "" ? "NotFound" : "UnknownError");
  return Object.assign(error, { name, $metadata: { httpStatusCode }, $response: response });
}
