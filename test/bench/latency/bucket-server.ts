import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectStore, PutCondition } from "@streambed/log-storage";
import { memoryStore } from "@streambed/store-memory";
import type { BucketRequest } from "./request-log.ts";

/** A bucket in memory that speaks as much S3 as a broker needs, from as far away as it is told. */
export interface BucketServer extends AsyncDisposable {
  readonly endpoint: string;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly BucketRequest[];
  readonly store: ObjectStore;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** What a HEAD says about the body it does not send, bytes. */
  readonly length?: number;
}

interface Ask {
  readonly request: IncomingMessage;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
}

/** Starts it on loopback. Half of a request's delay passes before the bucket acts, half after. No signature is checked. */
export async function startBucketServer(delayMs: () => number): Promise<BucketServer> {
  const store = memoryStore();
  const requests: BucketRequest[] = [];
  const server = createServer({ keepAlive: true, noDelay: true }, (request, response) => {
    serve({ request, response, store, requests, delayMs }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { endpoint: endpointOf(server), requests, store, [Symbol.asyncDispose]: () => stop(server) };
}

async function serve(parts: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly store: ObjectStore;
  readonly requests: BucketRequest[];
  readonly delayMs: () => number;
}): Promise<void> {
  const { request, response, store, requests } = parts;
  const startMs = performance.now();
  const url = new URL(request.url ?? "/", "http://bucket");
  const [, bucket = "", ...rest] = url.pathname.split("/").map(decodeURIComponent);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const ask: Ask = { request, bucket, key: rest.join("/"), query: url.searchParams, body: Buffer.concat(chunks) };
  const noted: BucketRequest = { ...purposeOf(ask), startMs, endMs: Infinity, conflict: false, bytes: ask.body.length };
  requests.push(noted);
  const delayMs = parts.delayMs();
  await sleep(delayMs / 2);
  const answer = await answerOf(store, ask);
  // A timer is late by up to a millisecond; the second makes up for what the first one was.
  await sleep(startMs + delayMs - performance.now());
  noted.conflict = answer.status === 412;
  noted.endMs = performance.now();
  const length = answer.length ?? answer.body?.length ?? 0;
  response.writeHead(answer.status, { ...answer.headers, "content-length": String(length) });
  response.end(answer.body);
}

function purposeOf({ request, key, query, body }: Ask): Pick<BucketRequest, "verb" | "key"> {
  if (request.method === "POST") return { verb: "DELETE", key: keysIn(body)[0] ?? "" };
  if (request.method === "GET" && key === "") return { verb: "LIST", key: query.get("prefix") ?? "" };
  return { verb: request.method === "PUT" ? "PUT" : request.method === "HEAD" ? "HEAD" : "GET", key };
}

async function answerOf(store: ObjectStore, ask: Ask): Promise<Answer> {
  const { method } = ask.request;
  if (method === "PUT") return put(store, ask);
  if (method === "POST") return remove(store, ask);
  if (method === "HEAD" && ask.key !== "") return head(store, ask);
  if (method === "GET") return ask.key === "" ? list(store, ask) : get(store, ask);
  return { status: method === "HEAD" ? 200 : 405 };
}

async function put(store: ObjectStore, { request, key, body }: Ask): Promise<Answer> {
  const etag = request.headers["if-match"];
  const absent = request.headers["if-none-match"] === "*";
  const condition: PutCondition | undefined =
    etag !== undefined ? { kind: "etag", etag } : absent ? { kind: "absent" } : undefined;
  const result = await store.put(key, [body], condition === undefined ? {} : { condition });
  if (result.outcome === "conflict") return failure(412, "PreconditionFailed");
  return { status: 200, headers: { etag: result.etag } };
}

async function get(store: ObjectStore, { request, key }: Ask): Promise<Answer> {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const offset = Number(from);
  const range = from === undefined ? {} : { range: { offset, length: Number(to) - offset + 1 } };
  const found = await store.get(key, range);
  if (!found.found) return failure(404, "NoSuchKey");
  if (from === undefined) return { status: 200, headers: { etag: found.etag }, body: found.bytes };
  if (offset >= found.size) return failure(416, "InvalidRange");
  const span = `bytes ${offset}-${offset + found.bytes.length - 1}/${found.size}`;
  return { status: 206, headers: { etag: found.etag, "content-range": span }, body: found.bytes };
}

async function head(store: ObjectStore, { key }: Ask): Promise<Answer> {
  const found = await store.head(key);
  return found.found ? { status: 200, headers: { etag: found.etag }, length: found.size } : { status: 404 };
}

async function list(store: ObjectStore, { bucket, query }: Ask): Promise<Answer> {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("start-after") ?? undefined;
  const limit = Number(query.get("max-keys") ?? 1000);
  const page = await store.list({ prefix, limit, ...(after === undefined ? {} : { after }) });
  const contents = page.objects.map(({ key, size, modifiedMs }) => {
    const modified = new Date(modifiedMs).toISOString();
    return `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified><Size>${size}</Size></Contents>`;
  });
  const truncated = `<IsTruncated>${page.next !== undefined}</IsTruncated>`;
  const result = `<Name>${bucket}</Name><KeyCount>${contents.length}</KeyCount>${truncated}${contents.join("")}`;
  return { status: 200, body: `<?xml version="1.0"?><ListBucketResult>${result}</ListBucketResult>` };
}

async function remove(store: ObjectStore, { body }: Ask): Promise<Answer> {
  await store.delete(keysIn(body));
  return { status: 200, body: `<?xml version="1.0"?><DeleteResult></DeleteResult>` };
}

/** Keys of a bucket of ours are plain ASCII without anything that XML escapes. */
function keysIn(body: Uint8Array): string[] {
  return [
    ...Buffer.from(body)
      .toString("utf8")
      .matchAll(/<Key>([^<]*)<\/Key>/g),
  ].map(([, key = ""]) => key);
}

function failure(status: number, code: string): Answer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}

function endpointOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address for a loopback listener");
  return `http://127.0.0.1:${address.port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
