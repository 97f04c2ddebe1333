import { ByteReader, ByteWriter, type Clock, malformed, StreambedError } from "@streambed/kernel";
import { namedError, timedOut } from "../errors.ts";
import type { Address, Connection } from "../ports/transport.ts";
import type { Api, VersionRange } from "./api.ts";
import { within } from "./within.ts";

const API_VERSIONS_KEY = 18;

/** Bounds of one request. */
export interface RequestOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Lowers the highest version used, for requests a newer layout cannot say. */
  readonly maxVersion?: number | undefined;
  /** False for acks=0: resolves with undefined once the bytes are handed over. */
  readonly expectReply?: boolean | undefined;
}

/** What a caller sends. The body may depend on the version agreed on. */
export type BodyOf<Request> = (version: number) => Request;

/** An already encoded request. */
export interface EncodedRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly flexible: boolean;
  readonly body: readonly Uint8Array[];
}

/**
 * A conversation with one broker: headers, correlation, versions, time limits.
 * A request that runs out of time closes the connection, because everything behind it would be late, too.
 */
export class BrokerConnection {
  readonly address: Address;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #clientId: string;
  #correlationId = 0;
  #open = true;
  #pending = 0;
  #lastUsed: number;
  /** Null until ApiVersions has answered. */
  #versions: ReadonlyMap<number, VersionRange> | null = null;

  constructor(parts: { address: Address; connection: Connection; clock: Clock; clientId: string }) {
    this.address = parts.address;
    this.#connection = parts.connection;
    this.#clock = parts.clock;
    this.#clientId = parts.clientId;
    this.#lastUsed = parts.clock.elapsed();
    void parts.connection.closed.then(() => {
      this.#open = false;
    });
  }

  get open(): boolean {
    return this.#open;
  }

  /** Requests without an answer yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Milliseconds since the last request or answer; 0 while one is under way. */
  idleMs(): number {
    return this.#pending > 0 ? 0 : this.#clock.elapsed() - this.#lastUsed;
  }

  learnVersions(versions: ReadonlyMap<number, VersionRange>): void {
    this.#versions = versions;
  }

  /** Highest version both sides know. Throws `UNSUPPORTED_VERSION` when there is none. */
  version(api: Api<never, unknown>, maxVersion?: number): number {
    const ours = Math.min(api.maxVersion, maxVersion ?? api.maxVersion);
    const theirs = this.#versions === null && api.key === API_VERSIONS_KEY ? api : this.#versions?.get(api.key);
    const version = Math.min(ours, theirs?.maxVersion ?? -1);
    if (theirs === undefined || version < api.minVersion || version < theirs.minVersion) {
      const offered = theirs === undefined ? "does not have it" : `has ${theirs.minVersion} to ${theirs.maxVersion}`;
      throw namedError(
        "UNSUPPORTED_VERSION",
        `${api.name} ${api.minVersion} to ${ours} at ${this.address.host}:${this.address.port}`,
        `the broker ${offered}`,
      );
    }
    return version;
  }

  /**
   * Sends a request and decodes the answer. The bytes are handed to the transport before this returns, so
   * requests go out in the order of the calls.
   */
  async request<Request, Response>(
    api: Api<Request, Response>,
    body: BodyOf<Request>,
    options: RequestOptions,
  ): Promise<Response> {
    const version = this.version(api, options.maxVersion);
    const writer = new ByteWriter();
    const flexible = version >= api.flexibleFrom;
    const correlationId = this.#writeHeader(writer, { apiKey: api.key, apiVersion: version, flexible });
    api.encodeRequest(writer, body(version), version);
    const frame = await this.#exchange(writer.chunks(), api.name, options);
    // ApiVersions always answers with header 0, so that a client can read the refusal of its version.
    const reader = this.#readHeader(frame, correlationId, flexible && api.key !== API_VERSIONS_KEY);
    return api.decodeResponse(reader, version);
  }

  /** Like request, for acks=0: no answer will come. */
  async post<Request>(api: Api<Request, unknown>, body: BodyOf<Request>, options: RequestOptions): Promise<void> {
    const version = this.version(api, options.maxVersion);
    const writer = new ByteWriter();
    this.#writeHeader(writer, { apiKey: api.key, apiVersion: version, flexible: version >= api.flexibleFrom });
    api.encodeRequest(writer, body(version), version);
    await this.#exchange(writer.chunks(), api.name, { ...options, expectReply: false });
  }

  /** Sends an encoded body and returns the body of the answer. */
  async raw(request: EncodedRequest, options: RequestOptions): Promise<Uint8Array> {
    const writer = new ByteWriter();
    const correlationId = this.#writeHeader(writer, request);
    const chunks = [...writer.chunks(), ...request.body];
    const frame = await this.#exchange(chunks, `API ${request.apiKey}`, options);
    const reader = this.#readHeader(frame, correlationId, request.flexible && request.apiKey !== API_VERSIONS_KEY);
    return frame.subarray(reader.position);
  }

  close(): void {
    this.#open = false;
    this.#connection.close();
  }

  #writeHeader(writer: ByteWriter, request: Pick<EncodedRequest, "apiKey" | "apiVersion" | "flexible">): number {
    const correlationId = this.#correlationId;
    this.#correlationId = (correlationId + 1) & 0x7fff_ffff;
    writer.int16(request.apiKey);
    writer.int16(request.apiVersion);
    writer.int32(correlationId);
    const clientId = new TextEncoder().encode(this.#clientId);
    writer.int16(clientId.length);
    writer.bytes(clientId);
    if (request.flexible) writer.unsignedVarint(0);
    return correlationId;
  }

  #readHeader(frame: Uint8Array, correlationId: number, tagged: boolean): ByteReader {
    const reader = new ByteReader(frame);
    const answered = reader.int32();
    if (answered !== correlationId) {
      this.close();
      throw malformed(
        `The answer from ${this.address.host}:${this.address.port} has correlation id ${answered} instead of ${correlationId}`,
      );
    }
    if (tagged) skipTags(reader);
    return reader;
  }

  async #exchange(frame: readonly Uint8Array[], name: string, options: RequestOptions): Promise<Uint8Array> {
    if (!this.#open) throw this.#closedError();
    this.#pending++;
    try {
      const answer = this.#connection.send(frame, { expectReply: options.expectReply ?? true });
      return await within(answer, {
        clock: this.#clock,
        timeoutMs: options.timeoutMs,
        signal: options.signal,
        onTimeout: () => {
          this.close();
          return timedOut(`${name} at ${this.address.host}:${this.address.port}`, options.timeoutMs);
        },
      });
    } finally {
      this.#pending--;
      this.#lastUsed = this.#clock.elapsed();
    }
  }

  #closedError(): StreambedError {
    return new StreambedError({
      kind: "unavailable",
      code: "CONNECTION_CLOSED",
      message: `The connection to ${this.address.host}:${this.address.port} is closed; retry`,
    });
  }
}

function skipTags(reader: ByteReader): void {
  for (let left = reader.unsignedVarint(); left > 0; left--) {
    reader.unsignedVarint();
    reader.take(reader.unsignedVarint());
  }
}
