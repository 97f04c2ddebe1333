import type { S3Client } from "@aws-sdk/client-s3";
import { concatBytes, type Clock } from "@streambed/kernel";
import { ERROR_BODY_BYTES_MAX } from "./limits.ts";
import { HASH_HEADER, isSecure, UNSIGNED } from "./unsigned-payload.ts";

/** A request for one object. */
export interface DirectRequest {
  readonly method: "GET" | "PUT";
  readonly key: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
}

/** The answer to it, read to its end; fields are named as in the SDK's outputs. */
export interface DirectAnswer {
  readonly ETag: string | undefined;
  readonly ContentRange: string | undefined;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

type Config = S3Client["config"];
type Signer = Awaited<ReturnType<Config["signer"]>>;
type Scheme = NonNullable<Parameters<Config["signer"]>[0]>;
type Endpoint = ReturnType<Config["endpointProvider"]>;

/** Where the bucket is, and how requests for it are signed. */
interface Route {
  readonly url: URL;
  readonly signer: Signer;
}

/** How wrong the clock may be before signatures are dated by S3's; it refuses what is 15 minutes off, milliseconds. */
const SKEW_MS_MAX = 300_000;

/**
 * Sends requests for single objects past the SDK's middleware, which takes 2 ms of a processor for each, and opens a new
 * connection for each body of more than 2 MiB. Endpoint, credentials, signature and connections are still the SDK's: the
 * first request goes through it, and later ones follow the route that it took.
 */
export class DirectRequests {
  readonly #config: Config;
  readonly #clock: Clock;
  #route: Route | "unknown" | "special" = "unknown";
  /** S3's time minus ours, when that is much. */
  #skewMs = 0;

  constructor(client: S3Client, clock: Clock) {
    this.#config = client.config;
    this.#clock = clock;
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
    const place = { protocol, hostname, path: `${pathname.replace(/\/$/, "")}/${escapeKey(key)}`, query: {} };
    const signed = await signer.sign(
      {
        ...place,
        ...(port === "" ? {} : { port: Number(port) }),
        method,
        headers: { host, ...headers, ...bodyHeaders(protocol, body) },
        ...(body === undefined ? {} : { body }),
      },
      { signingDate: new Date(this.#clock.now() + this.#skewMs) },
    );
    const { response } = await this.#config.requestHandler.handle(signed as never, { abortSignal: signal });
    this.#lookAtTime(response.headers["date"]);
    const isGood = response.statusCode < 300;
    const bytes = await collect(response.body as AsyncIterable<Uint8Array>, isGood ? Infinity : ERROR_BODY_BYTES_MAX);
    if (!isGood) throw refusal(response, bytes);
    const { headers: answered } = response;
    return { ETag: answered["etag"], ContentRange: answered["content-range"], bytes, headers: answered };
  }

  /** Never rejects: what the SDK cannot tell now is asked again with the next request. */
  async #learn({ url, headers = {} }: Endpoint, [scheme]: readonly Scheme[] = []): Promise<void> {
    // Directory buckets and access points of several regions are signed in ways of their own.
    if (scheme?.name !== "sigv4" || Object.keys(headers).length > 0) this.#route = "special";
    else {
      const signer = await this.#config.signer(scheme).catch(() => undefined);
      if (signer !== undefined) this.#route = { url, signer };
    }
  }

  #lookAtTime(date: string | undefined): void {
    const serverMs = Date.parse(date ?? "");
    if (Math.abs(serverMs - this.#clock.now() - this.#skewMs) > SKEW_MS_MAX)
      this.#skewMs = serverMs - this.#clock.now();
  }
}

function bodyHeaders(protocol: string, body: Uint8Array | undefined): Record<string, string> {
  if (body === undefined) return {};
  const plain = { "content-length": String(body.length), "content-type": "application/octet-stream" };
  return isSecure(protocol) ? { ...plain, [HASH_HEADER]: UNSIGNED } : plain;
}

/** As SigV4 wants it: everything but unreserved characters and slashes (RFC 3986). */
function escapeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function collect(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) break;
    chunks.push(chunk);
  }
  const [only] = chunks;
  // A copy: a small chunk is a view of a much larger buffer of the socket's, and may be kept for long.
  return chunks.length === 1 && only !== undefined ? new Uint8Array(only) : concatBytes(chunks);
}

function refusal(
  response: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
  bytes: Uint8Array,
): Error {
  const text = new TextDecoder().decode(bytes);
  const inside = (tag: string): string | undefined => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1];
  const { statusCode: httpStatusCode } = response;
  const error = new Error(inside("Message") ?? "no reason given");
  const name = inside("Code") ?? (httpStatusCode === 404 ? "NotFound" : "UnknownError");
  return Object.assign(error, { name, $metadata: { httpStatusCode }, $response: response });
}
