import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { s3Store, type S3Store } from "@streambed/store-s3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const date = "Tue, 03 Mar 2026 10:00:00 GMT";
const absent = { condition: { kind: "absent" } } as const;
let server: Server | undefined;
let requests = 0;
/** Whether a store's gets and puts go past the SDK, as they do from its second request on. */
let isDirect = false;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

interface Script {
  readonly status: number;
  readonly code?: string;
  /** Instead of an error of S3's. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A store on an S3 server that always gives the same answer. */
async function storeAnswering(script: Script): Promise<S3Store> {
  return storeOn((_, response) => {
    const { status, code, headers } = script;
    const error = code === undefined ? "" : `<Error><Code>${code}</Code><Message>said the server</Message></Error>`;
    const { body = error } = script;
    response.writeHead(status, { date, "content-type": "application/xml", ...headers }).end(body);
  });
}

async function storeOn(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<S3Store> {
  let isTaught = !isDirect;
  server = createServer((request, response) => {
    requests += 1;
    request.resume().on("end", () => (isTaught ? handle(request, response) : response.writeHead(404).end()));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const store = storeAt(`http://127.0.0.1:${port}`);
  if (!isTaught) await store.head("any");
  isTaught = true;
  requests = 0;
  return store;
}

function storeAt(endpoint: string, bucket = "bucket"): S3Store {
  const credentials = { accessKeyId: "key-id", secretAccessKey: "very-secret" };
  return s3Store({ bucket, endpoint, credentials, requestTimeoutMs: 300, connectTimeoutMs: 200 });
}

describe.each(["by the SDK", "directly"])("an S3 answer to a request that was sent %s", (way) => {
  beforeEach(() => void (isDirect = way === "directly"));

  test.each([
    [409, "ConditionalRequestConflict", "unavailable", "STORE_BUSY"],
    [503, "SlowDown", "unavailable", "STORE_THROTTLED"],
    [503, "ServiceUnavailable", "unavailable", "STORE_THROTTLED"],
    [429, "TooManyRequests", "unavailable", "STORE_THROTTLED"],
    [500, "InternalError", "unavailable", "STORE_INTERNAL_ERROR"],
    [500, undefined, "unavailable", "STORE_INTERNAL_ERROR"],
    [502, undefined, "unavailable", "STORE_UNAVAILABLE"],
    [400, "RequestTimeout", "unavailable", "STORE_TIMEOUT"],
    [403, "AccessDenied", "denied", "STORE_ACCESS_DENIED"],
    [403, "InvalidAccessKeyId", "denied", "STORE_ACCESS_DENIED"],
    [403, "SignatureDoesNotMatch", "denied", "STORE_ACCESS_DENIED"],
    [400, "ExpiredToken", "denied", "STORE_ACCESS_DENIED"],
    [403, "RequestTimeTooSkewed", "denied", "STORE_ACCESS_DENIED"],
    [404, "NoSuchBucket", "not-found", "BUCKET_NOT_FOUND"],
    [301, "PermanentRedirect", "invalid", "STORE_REGION_WRONG"],
    [400, "AuthorizationHeaderMalformed", "invalid", "STORE_REGION_WRONG"],
    [507, "InsufficientStorage", "limit", "STORE_FULL"],
    [501, "NotImplemented", "unavailable", "STORE_UNAVAILABLE"],
    [400, "InvalidArgument", "invalid", "STORE_REQUEST_REFUSED"],
  ])("%i %s is %s %s, after one request and without a secret", async (status, name, kind, code) => {
    using store = await storeAnswering({ status, ...(name === undefined ? {} : { code: name }) });
    const error: unknown = await store.put("log/1", [new Uint8Array(10)], absent).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "StreambedError", kind, code });
    expect(requests).toBe(1);
    expect(String(error)).toMatch(/\. \S.*\.$/);
    expect(String(error)).not.toContain("very-secret");
  });

  test.each(["404 page not found\n", "<html><body><h1>404 Not Found</h1><hr>nginx</body></html>"])(
    "404 of something that is not S3 does not mean that a key is missing: %s",
    async (body) => {
      using store = await storeAnswering({ status: 404, body });
      await expect(store.get("log/1")).rejects.toMatchObject({ code: "STORE_REQUEST_REFUSED" });
      const swap = store.put("ptr/0", [], { condition: { kind: "etag", etag: '"1"' } });
      await expect(swap).rejects.toMatchObject({ code: "STORE_REQUEST_REFUSED" });
    },
  );

  test("an error whose body breaks off is known by its status", async () => {
    using store = await storeOn((_, response) => {
      response.writeHead(503, { date, "content-length": "100" });
      response.write("<Error>", () => response.destroy());
    });
    await expect(store.put("log/1", [], absent)).rejects.toMatchObject({ code: "STORE_THROTTLED" });
  });

  test("412 is a conflict at the time of the server", async () => {
    using store = await storeAnswering({ status: 412, code: "PreconditionFailed" });
    const conflict = { outcome: "conflict", storeTimeMs: Date.parse(date) };
    expect(await store.put("log/1", [new Uint8Array(10)], absent)).toEqual(conflict);
  });

  test("404 of a missing key is an answer at the time of the server", async () => {
    using store = await storeAnswering({ status: 404, code: "NoSuchKey" });
    const missing = { found: false, storeTimeMs: Date.parse(date) };
    expect(await store.get("log/1")).toEqual(missing);
    expect(await store.head("log/1")).toEqual(missing);
    const swapped = await store.put("ptr/0", [], { condition: { kind: "etag", etag: '"1"' } });
    expect(swapped).toEqual({ outcome: "conflict", storeTimeMs: Date.parse(date) });
  });

  test("a success carries the etag and the time of the server", async () => {
    using store = await storeAnswering({ status: 200, headers: { etag: '"abc"' } });
    const written = { outcome: "written", etag: '"abc"', storeTimeMs: Date.parse(date) };
    expect(await store.put("log/1", [new Uint8Array(10)], absent)).toEqual(written);
  });

  test("a range that a server ignores is cut from what it sends", async () => {
    using store = await storeOn((_, response) => response.writeHead(200, { etag: '"1"' }).end("0123456789"));
    const part = await store.get("key", { range: { offset: 2, length: 3 } });
    expect(part).toMatchObject({ bytes: new TextEncoder().encode("234"), size: 10 });
  });
});

test("after the first request gets and puts go past the SDK, signed and with no more headers than they need", async () => {
  isDirect = true;
  const seen: string[][] = [];
  using store = await storeOn(({ method, url, headers }, response) => {
    seen.push([`${method} ${url}`, ...Object.keys(headers)]);
    expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key-id\/\d{8}\/us-east-1\/s3\/aws4_request, /);
    response.writeHead(200, { etag: '"1"' }).end("0123456789");
  });
  await store.put("a b/(ü)", [new Uint8Array(10)], absent);
  await store.get("log/1", { range: { offset: 0, length: 10 } });
  const signed = ["host", "x-amz-date", "x-amz-content-sha256", "authorization", "connection", "user-agent"];
  const body = ["content-length", "content-type", "if-none-match"];
  expect(seen.map((each) => each.toSorted())).toEqual(
    [
      ["PUT /bucket/a%20b/%28%C3%BC%29", ...signed, ...body],
      ["GET /bucket/log/1", ...signed, "range"],
    ].map((each) => each.toSorted()),
  );
});

test("a bucket whose requests are signed in a way of their own stays with the SDK", async () => {
  const tokens: unknown[] = [];
  const session = `<CreateSessionResult><Credentials><SessionToken>session</SessionToken><SecretAccessKey>s</SecretAccessKey>
    <AccessKeyId>a</AccessKeyId><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>`;
  server = createServer(({ url, headers }, response) => {
    if (url?.includes("session") === true) return void response.writeHead(200, { date: "" }).end(session);
    tokens.push(headers["x-amz-s3session-token"]);
    response.writeHead(200, { etag: '"1"' }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  using store = storeAt(`http://127.0.0.1:${port}`, "bucket--usw2-az1--x-s3");
  for (const key of ["a", "b", "c"]) await store.get(key);
  expect(tokens).toEqual(["session", "session", "session"]);
});

test("when the clock is wrong, later requests are dated by the server's", async () => {
  isDirect = true;
  const dates: string[] = [];
  using store = await storeOn(({ headers }, response) => {
    dates.push(String(headers["x-amz-date"]));
    response.writeHead(200, { date, etag: '"1"' }).end();
  });
  await store.put("log/1", [], absent);
  await store.put("log/2", [], absent);
  expect(dates.map((each) => each.slice(0, 11) === "20260303T10")).toEqual([false, true]);
});

describe.each(["by the SDK", "directly"])("silence after a request that was sent %s", (way) => {
  beforeEach(() => void (isDirect = way === "directly"));

  test("a server that does not answer is given up in time", async () => {
    using store = await storeOn(() => undefined);
    await expect(store.put("log/1", [], absent)).rejects.toMatchObject({ code: "STORE_TIMEOUT", retriable: true });
  });

  test("a body that stops in the middle is given up in time", async () => {
    using store = await storeOn((_, response) => {
      response.writeHead(200, { etag: '"1"', "content-length": "100" });
      response.write("only this");
    });
    await expect(store.get("key")).rejects.toMatchObject({ code: "STORE_TIMEOUT" });
  });

  test("a body that is cut is not taken for the object", async () => {
    using store = await storeOn((_, response) => {
      response.writeHead(200, { etag: '"1"', "content-length": "100" });
      response.write("only this", () => response.destroy());
    });
    await expect(store.get("key")).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("a server that is not there is named", async () => {
    using store = storeAt("http://127.0.0.1:1");
    const message = expect.stringContaining("http://127.0.0.1:1 cannot be used now (ECONNREFUSED") as string;
    await expect(store.head("key")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message });
  });

  test("a caller that gives up gets its own reason", async () => {
    const controller = new AbortController();
    using store = await storeOn(() => controller.abort(new Error("enough")));
    await expect(store.put("log/1", [], { signal: controller.signal })).rejects.toThrow("enough");
  });
});
