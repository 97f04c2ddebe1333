import { fromUtf8 } from "@streambed/kernel";
import { asHttpEvent, toRequest, toResult } from "@streambed/runtime-lambda";
import { describe, expect, test } from "vitest";
import { recordedEvent } from "./events.ts";

const { signal } = new AbortController();

describe("an event becomes a request", () => {
  test("of a Function URL, with a base64 body", async () => {
    const { request } = toRequest(recordedEvent("function-url-produce"), signal);
    expect([request.method, new URL(request.url).pathname]).toEqual(["POST", "/topics/orders"]);
    expect(request.headers.get("content-type")).toBe("application/vnd.kafka.binary.v2+json");
    expect(await request.json()).toEqual({ records: [{ key: "a2V5", value: "dmFsdWU=", partition: 0 }] });
  });

  test("of an API with a named stage, cookies, repeated headers and parameters, and a text body", async () => {
    const { request } = toRequest(recordedEvent("api-gateway-records"), signal);
    const url = new URL(request.url);
    expect(url.pathname).toBe("/v3/clusters/any/topics/orders/records");
    expect(url.host).toBe("a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com");
    expect([url.searchParams.getAll("a"), url.searchParams.get("name")]).toEqual([["1", "2"], "two words"]);
    expect(request.headers.get("cookie")).toBe("session=abc; theme=dark");
    expect(request.headers.get("x-many")).toBe("one,two");
    expect(await request.json()).toMatchObject({ value: { data: "grüß dich" } });
  });

  test("of a GET with a body, which goes beside it", async () => {
    const event = recordedEvent("function-url-produce");
    const http = { ...event.requestContext.http, method: "GET" };
    const { request, env } = toRequest({ ...event, requestContext: { ...event.requestContext, http } }, signal);
    expect(request.body).toBeNull();
    const chunks: string[] = [];
    for await (const chunk of env.incoming ?? []) chunks.push(fromUtf8(chunk));
    expect(JSON.parse(chunks.join(""))).toHaveProperty("records");
  });

  test("only when it is an HTTP request in payload format 2.0", () => {
    const queueEvent = { Records: [{ eventSource: "aws:sqs", body: "{}" }] };
    const olderEvent = { version: "1.0", path: "/topics", httpMethod: "GET", headers: {} };
    for (const event of [queueEvent, olderEvent, null, "text", { version: "2.0" }]) {
      expect(() => asHttpEvent(event)).toThrow(/payload format 2\.0|HTTP|rawPath/);
    }
  });
});

describe("a response becomes a result", () => {
  test("of text, as text, with its cookies apart", async () => {
    const headers = new Headers({ "content-type": "application/vnd.kafka.v2+json", "x-a": "1" });
    headers.append("x-a", "2");
    headers.append("set-cookie", "a=1; Expires=Sat, 21 Nov 2026 00:00:00 GMT");
    headers.append("set-cookie", "b=2");
    expect(await toResult(new Response('{"grüß":"dich"}', { status: 201, headers }))).toEqual({
      statusCode: 201,
      headers: { "content-type": "application/vnd.kafka.v2+json", "x-a": "1, 2" },
      cookies: ["a=1; Expires=Sat, 21 Nov 2026 00:00:00 GMT", "b=2"],
      body: '{"grüß":"dich"}',
      isBase64Encoded: false,
    });
  });

  test.each([
    ["bytes", new Uint8Array([0, 255, 1]), { "content-type": "application/octet-stream" }],
    ["compressed text", new Uint8Array([31, 139]), { "content-type": "text/plain", "content-encoding": "gzip" }],
    ["text that is not UTF-8", new Uint8Array([0xc3, 0x28]), { "content-type": "text/plain" }],
  ])("of %s, as base64", async (_, bytes, headers) => {
    const result = await toResult(new Response(bytes, { headers }));
    expect([result.isBase64Encoded, Buffer.from(result.body, "base64")]).toEqual([true, Buffer.from(bytes)]);
  });

  test("without a body, as an empty one", async () => {
    expect(await toResult(new Response(null, { status: 204 }))).toMatchObject({ statusCode: 204, body: "" });
  });

  test("too large for Lambda, as an error that says what to do", async () => {
    const result = await toResult(new Response("x".repeat(6_000_001), { headers: { "content-type": "text/plain" } }));
    expect(result.statusCode).toBe(500);
    expect(JSON.parse(result.body)).toMatchObject({ error_code: 50_002, message: /max_bytes/ });
  });
});
