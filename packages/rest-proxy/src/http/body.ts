import { checkShape, type Contract } from "@streambed/contracts";
import { byteLength, concatBytes } from "@streambed/kernel";
import type { Context } from "hono";
import { badRequest, tooLarge } from "../errors.ts";
import { JsonSplitter } from "../json/json-splitter.ts";
import { parseJson } from "../json/parse-json.ts";
import { JSON_DEPTH_MAX } from "../limits.ts";
import { RestError } from "../rest-error.ts";

/**
 * Chunks of a request body. A GET with a body (which v2 wants for committed offsets) is dropped by the fetch standard;
 * Node's listener hands over the raw request as `env.incoming`, from which it can still be read.
 */
export function bodyChunks(c: Context): AsyncIterable<Uint8Array> | null {
  if (c.req.raw.body !== null) return c.req.raw.body;
  if (c.req.method !== "GET") return null;
  const incoming: unknown = (c.env as { readonly incoming?: unknown } | undefined)?.incoming;
  const isStream = typeof incoming === "object" && incoming !== null && Symbol.asyncIterator in incoming;
  // Node's IncomingMessage yields Buffers, which are Uint8Arrays.
  return isStream ? (incoming as AsyncIterable<Uint8Array>) : null;
}

/**
 * The whole body, empty when there is none.
 *
 * @throws RestError 413 before more than `bytesMax` are held
 */
export async function readBody(c: Context, bytesMax: number): Promise<Uint8Array> {
  const declared = Number(c.req.header("content-length") ?? 0);
  if (declared > bytesMax) throw tooLarge("The request body", bytesMax);
  const source = bodyChunks(c);
  if (source === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) {
    chunks.push(chunk);
    if (byteLength(chunks) > bytesMax) throw tooLarge("The request body", bytesMax);
  }
  return concatBytes(chunks);
}

/**
 * The one JSON object a body holds; null when the body is empty.
 *
 * @throws RestError 400 when it is anything else
 */
export function parseBody(bytes: Uint8Array): unknown {
  const splitter = new JsonSplitter({ valueBytesMax: bytes.length, depthMax: JSON_DEPTH_MAX });
  const [first, ...others] = splitter.push(bytes);
  splitter.end();
  if (splitter.failure !== undefined) throw badRequest(`${splitter.failure.message}; send one JSON object.`);
  if (first === undefined) return null;
  if (others.length > 0) throw badRequest("The body holds more than one JSON object; send one.");
  const parsed = parseJson(first);
  if (!parsed.ok) throw badRequest(`${parsed.message}; send one well-formed JSON object.`);
  return parsed.value;
}

/** What a route says about bodies that do not fit. */
export interface ShapeOptions {
  /** Missing or empty fields are 422 in v2 (bean validation) and 400 in v3. */
  readonly missing: 400 | 422;
}

/**
 * A body as its contract sees it.
 *
 * @throws RestError 422 or 400 for missing fields, 400 for fields of another kind
 */
export function shape<T>(contract: Contract<T>, body: unknown, options: ShapeOptions): T {
  const checked = checkShape(contract, body);
  if (checked.ok) return checked.value;
  const status = checked.absent ? options.missing : 400;
  throw new RestError(status, status, checked.message);
}
