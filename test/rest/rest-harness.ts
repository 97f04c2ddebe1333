import type { RestSettings } from "@streambed/contracts";
import { seededRandom, silentLogger } from "@streambed/kernel";
import { createRestProxy, type RestProxy } from "@streambed/rest-proxy";
import { FakeCluster } from "./fake-client.ts";
import { type TestClock, testClock } from "./test-clock.ts";

export const BINARY = "application/vnd.kafka.binary.v2+json";
export const JSON_V2 = "application/vnd.kafka.json.v2+json";
export const V2 = "application/vnd.kafka.v2+json";

/** An answer, taken apart. */
export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined for an empty body. */
  readonly body: unknown;
}

/** A proxy over a cluster in memory. */
export interface Harness {
  readonly clock: TestClock;
  readonly cluster: FakeCluster;
  readonly proxy: RestProxy;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  /** Sent as JSON unless it is text or bytes. */
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
}

export const ORIGIN = "http://rest.example:8082";

export function restHarness(settings: Partial<RestSettings> = {}): Harness {
  const clock = testClock();
  const cluster = new FakeCluster(clock);
  const client = cluster.client();
  const proxy = createRestProxy({ client, clock, random: seededRandom(1), logger: silentLogger, settings });
  return {
    clock,
    cluster,
    proxy,
    async call(method, path, { body, headers = {} } = {}) {
      const raw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
      const payload = raw ? (body as string | Uint8Array<ArrayBuffer> | undefined) : JSON.stringify(body);
      const type = path.startsWith("/v3") ? "application/json" : V2;
      const request = new Request(`${ORIGIN}${path}`, {
        method,
        headers: { ...(payload === undefined ? {} : { "content-type": type }), ...headers },
        ...(payload === undefined ? {} : { body: payload }),
      });
      return answerOf(await proxy.fetch(request));
    },
  };
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const { status, headers } = response;
  const type = headers.get("content-type");
  return { status, type, headers, text, body: type?.includes("json") === true ? parse(text) : undefined };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A produce stream is many JSON texts; its tests look at the text.
    return undefined;
  }
}

/** What an error answer says. */
export function errorOf(answer: Answer): readonly [number, number, string] {
  const { error_code: code, message } = answer.body as { error_code: number; message: string };
  return [answer.status, code, message];
}
