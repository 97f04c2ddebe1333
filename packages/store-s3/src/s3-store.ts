import {
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type ListObjectsV2CommandOutput,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { concatBytes, StreambedError, systemClock, type Clock } from "@streambed/kernel";
import type {
  GetOptions,
  GetResult,
  HeadResult,
  ListOptions,
  ListPage,
  ObjectStore,
  PutCondition,
  PutOptions,
  PutResult,
} from "@streambed/log-storage";
import {
  CONNECT_TIMEOUT_MS,
  CONNECTIONS_MAX,
  KEYS_PER_DELETE_MAX,
  KEYS_PER_LIST_MAX,
  REQUEST_TIMEOUT_MS,
} from "./limits.ts";
import { getObject, putObject, type PutInput } from "./object-requests.ts";
import { S3Connection } from "./s3-connection.ts";
import { leavePayloadUnsigned } from "./unsigned-payload.ts";
import { failureOf, s3Error, type S3Failure, type S3Place } from "./s3-errors.ts";

/** Options of {@link s3Store}. */
export interface S3StoreOptions {
  readonly bucket: string;
  /** Put before every key, with a slash between; several clusters share a bucket this way. Default: none. */
  readonly prefix?: string;
  /** Default: what the SDK finds (AWS_REGION, profile); with an endpoint `us-east-1`, which look-alikes expect. */
  readonly region?: string;
  /** Address of a server that is not AWS, e.g. `http://127.0.0.1:9000`. */
  readonly endpoint?: string;
  /** Default: what the SDK finds (environment, profile, role). */
  readonly credentials?: NonNullable<S3ClientConfig["credentials"]>;
  /** Bucket in the path, not in the host name. Default: with an endpoint, yes. */
  readonly pathStyle?: boolean;
  /** Time for a whole request, milliseconds. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Time to connect, milliseconds. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** For time limits. Default: the machine's. */
  readonly clock?: Clock;
  /**
   * Makes of a body's chunks what the SDK's request handler takes. Default: one array, a copy. `uncopiedBody` of
   * `@streambed/runtime-node` does without.
   */
  readonly toBody?: (chunks: readonly Uint8Array[]) => unknown;
}

/** An object store on S3. Dispose of it to close its connections. */
export interface S3Store extends ObjectStore, Disposable {}

/**
 * An `ObjectStore` on a bucket of S3, or of a server that speaks S3 with conditional writes. Every call is one request;
 * nothing is sent twice, because a hidden second create would answer conflict to its own writer. The store's time is the
 * Date header of the answer, so it has whole seconds.
 *
 * Errors: `STORE_ACCESS_DENIED`, `BUCKET_NOT_FOUND`, `STORE_REGION_WRONG`, `STORE_FULL`, `STORE_BUSY` (409),
 * `STORE_THROTTLED` (429, 503), `STORE_INTERNAL_ERROR` (500), `STORE_TIMEOUT`, `STORE_UNAVAILABLE`,
 * `STORE_REQUEST_REFUSED`, `STORE_TOO_MANY_KEYS`.
 */
export function s3Store(options: S3StoreOptions): S3Store {
  const { bucket: Bucket, endpoint, clock = systemClock(), requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const { toBody = concatBytes } = options;
  const folder = options.prefix?.replace(/\/+$/, "") ?? "";
  const root = folder === "" ? "" : `${folder}/`;
  const client = clientOf(options);
  const place: S3Place = { bucket: Bucket, endpoint };
  const connection = new S3Connection({ client, clock, place, requestTimeoutMs, toBody });

  const head = async (key: string): Promise<HeadResult> => {
    const { answer, storeTimeMs } = await connection.request({
      send: (s3, sending) => s3.send(new HeadObjectCommand({ Bucket, Key: root + key }), sending),
      expect: missingKey,
    });
    if ("missing" in answer) return { found: false, storeTimeMs };
    return { found: true, size: answer.ContentLength ?? 0, etag: answer.ETag ?? "", storeTimeMs };
  };

  return {
    description: folder === "" ? `s3://${Bucket}` : `s3://${Bucket}/${folder}`,
    head,
    async get(key: string, { range, signal }: GetOptions = {}): Promise<GetResult> {
      if (range?.length === 0) return withoutBytes(await head(key));
      const Range = range === undefined ? undefined : `bytes=${range.offset}-${range.offset + range.length - 1}`;
      const { answer, storeTimeMs } = await connection.request({
        send: (s3, { abortSignal }) => getObject({ s3, connection, abortSignal }, { Bucket, Key: root + key, Range }),
        expect: (failure) => (failure.status === 416 ? ({ behindEnd: true } as const) : missingKey(failure)),
        signal,
      });
      if ("missing" in answer) return { found: false, storeTimeMs };
      if ("behindEnd" in answer) return withoutBytes(await head(key));
      const etag = answer.ETag ?? "";
      const size = sizeOf(answer.ContentRange);
      if (size !== undefined || range === undefined) {
        return { found: true, bytes: answer.bytes, size: size ?? answer.bytes.length, etag, storeTimeMs };
      }
      // The server ignored the range and sent the whole object.
      const bytes = answer.bytes.subarray(range.offset, range.offset + range.length);
      return { found: true, bytes, size: answer.bytes.length, etag, storeTimeMs };
    },
    async put(key: string, body: readonly Uint8Array[], { condition, signal }: PutOptions = {}): Promise<PutResult> {
      const input = { Bucket, Key: root + key, Body: body, ...conditionOf(condition) };
      const { answer, storeTimeMs } = await connection.request({
        send: (s3, { abortSignal }) => putObject({ s3, connection, abortSignal }, input),
        expect: (failure) => lostCondition(failure, condition),
        signal,
      });
      if ("lost" in answer) return { outcome: "conflict", storeTimeMs };
      return { outcome: "written", etag: answer.ETag ?? "", storeTimeMs };
    },
    async list({ prefix, after, limit = KEYS_PER_LIST_MAX }: ListOptions): Promise<ListPage> {
      const StartAfter = after === undefined ? undefined : root + after;
      const input = { Bucket, Prefix: root + prefix, StartAfter, MaxKeys: Math.min(limit, KEYS_PER_LIST_MAX) };
      const { answer, storeTimeMs } = await connection.request({
        send: (s3, sending) => s3.send(new ListObjectsV2Command(input), sending),
      });
      return { ...pageOf(answer, root), storeTimeMs };
    },
    async delete(keys: readonly string[]): Promise<{ readonly storeTimeMs: number }> {
      if (keys.length > KEYS_PER_DELETE_MAX) throw tooManyKeys(keys.length);
      if (keys.length === 0) return { storeTimeMs: clock.now() };
      const Delete = { Objects: [...new Set(keys)].map((key) => ({ Key: root + key })), Quiet: true };
      const { answer, storeTimeMs } = await connection.request({
        send: (s3, sending) => s3.send(new DeleteObjectsCommand({ Bucket, Delete }), sending),
      });
      throwFirst(answer.Errors, place);
      return { storeTimeMs };
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** A delete of many keys succeeds as a whole although some failed. */
function throwFirst(errors: readonly { readonly Code?: string | undefined }[] | undefined, place: S3Place): void {
  const failed = errors?.find(({ Code }) => Code !== "NoSuchKey");
  if (failed !== undefined) throw s3Error(failureOf(failed), place);
}

function pageOf(output: ListObjectsV2CommandOutput, root: string): Omit<ListPage, "storeTimeMs"> {
  const objects = (output.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => {
    return { key: Key.slice(root.length), size: Size, modifiedMs: LastModified?.getTime() ?? 0 };
  });
  const last = objects.at(-1);
  return output.IsTruncated === true && last !== undefined ? { objects, next: last.key } : { objects };
}

function clientOf(options: S3StoreOptions): S3Client {
  const { endpoint, credentials, pathStyle = endpoint !== undefined, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const region = options.region ?? (endpoint === undefined ? undefined : "us-east-1");
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: pathStyle,
    maxAttempts: 1,
    // Checksums as trailers of a chunked body are what look-alikes refuse most often.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      httpAgent: { maxSockets: CONNECTIONS_MAX },
      httpsAgent: { maxSockets: CONNECTIONS_MAX },
      connectionTimeout: connectTimeoutMs,
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    },
  });
  leavePayloadUnsigned(client);
  return client;
}

function conditionOf(condition: PutCondition | undefined): Pick<PutInput, "IfNoneMatch" | "IfMatch"> {
  if (condition === undefined) return {};
  return condition.kind === "absent" ? { IfNoneMatch: "*" } : { IfMatch: condition.etag };
}

/** A HEAD has no body, so that its 404 has no name but `NotFound`. */
function missingKey({ name, status }: S3Failure): { readonly missing: true } | undefined {
  return status === 404 && (name === "NoSuchKey" || name === "NotFound") ? { missing: true } : undefined;
}

/** 412; and 404, with which S3 answers a swap of a key that is not there. */
function lostCondition(failure: S3Failure, condition: PutCondition | undefined): { readonly lost: true } | undefined {
  if (condition === undefined) return undefined;
  if (failure.status === 412) return { lost: true };
  return condition.kind === "etag" && missingKey(failure) !== undefined ? { lost: true } : undefined;
}

function withoutBytes(head: HeadResult): GetResult {
  return head.found ? { ...head, bytes: new Uint8Array(0) } : head;
}

/** The whole size from `bytes 0-9/100`. */
function sizeOf(contentRange: string | undefined): number | undefined {
  const size = Number(contentRange?.slice(contentRange.lastIndexOf("/") + 1));
  return Number.isSafeInteger(size) ? size : undefined;
}

function tooManyKeys(count: number): StreambedError {
  const message = `One delete takes at most ${KEYS_PER_DELETE_MAX} keys, not ${count}; send several.`;
  return new StreambedError({ kind: "invalid", code: "STORE_TOO_MANY_KEYS", message });
}
