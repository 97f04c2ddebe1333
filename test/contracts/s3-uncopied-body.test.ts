import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { concatBytes } from "@streambed/kernel";
import { uncopiedBody } from "@streambed/runtime-node";
import { s3Store, type S3Store } from "@streambed/store-s3";
import { afterEach, describe, expect, it } from "vitest";

// A body that goes out as it is: the same bytes and headers as one that was joined, and nothing after the caller gave up.

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Uint8Array;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A store whose direct way is known already, and what its server gets; `onPut` may keep a request waiting. */
async function open(
  onPut?: (request: IncomingMessage) => Promise<void>,
): Promise<{ store: S3Store; puts: Received[] }> {
  const puts: Received[] = [];
  server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      if (request.method === "PUT") await onPut?.(request);
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of request) chunks.push(chunk as Uint8Array);
      } finally {
        if (request.method === "PUT") puts.push({ headers: request.headers, bytes: concatBytes(chunks) });
      }
      response.writeHead(request.method === "PUT" ? 200 : 404, { etag: '"1"' }).end();
    };
    serve().catch(() => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const credentials = { accessKeyId: "key-id", secretAccessKey: "very-secret" };
  const store = s3Store({ bucket: "bucket", endpoint: `http://127.0.0.1:${port}`, credentials, toBody: uncopiedBody });
  await store.head("any");
  return { store, puts };
}

const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

describe("a body of several chunks", () => {
  it.each([
    ["none", []],
    ["one", [filled(100_000, 1)]],
    ["large ones", [filled(16_000, 1), filled(0, 9), filled(300_000, 2), filled(5_000, 3)]],
    ["small ones", Array.from({ length: 3000 }, (_, at) => filled(7, at & 0xff))],
    ["more than a call of the system takes", Array.from({ length: 2500 }, (_, at) => filled(4_200, at & 0xff))],
  ])("arrives whole and with its length: %s", async (_title, chunks) => {
    const { store, puts } = await open();
    await expect(store.put("key", chunks)).resolves.toMatchObject({ outcome: "written" });
    const [put] = puts;
    const body = concatBytes(chunks);
    expect(put?.headers["content-length"]).toBe(String(body.length));
    expect(put?.headers["transfer-encoding"]).toBeUndefined();
    expect(Buffer.compare(put?.bytes ?? new Uint8Array(1), body)).toBe(0);
  });

  it("is not sent any further once the caller has given up", async () => {
    const started = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { store, puts } = await open(async () => {
      started.resolve();
      await goOn.promise;
    });
    const chunks = Array.from({ length: 64 }, () => filled(1024 * 1024, 1));
    const caller = new AbortController();
    const put = store.put("key", chunks, { signal: caller.signal });
    await started.promise;
    caller.abort(new Error("another was faster"));
    // As the log does with batches when another write of the same entry was answered.
    for (const chunk of chunks) chunk.fill(2);
    await expect(put).rejects.toThrow("another was faster");
    goOn.resolve();
    await expect.poll(() => puts.length).toBe(1);
    await sleep(50);
    expect(puts[0]?.bytes.length).toBeLessThan(64 * 1024 * 1024);
    expect(puts[0]?.bytes.includes(2)).toBe(false);
  });
});
