import { encodeBase64 } from "@streambed/rest-proxy";
import { ANSWER_BYTES_MAX } from "./limits.ts";

/** Status and headers of an answer, in the form of payload format 2.0. */
export interface ResultHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
}

/** An answer in payload format 2.0. */
export interface HttpResult extends ResultHead {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** The result that stands for a response. One that Lambda would refuse for its size becomes an error that says so. */
export async function toResult(response: Response): Promise<HttpResult> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = isText(response.headers) ? decode(bytes) : null;
  const body = text ?? encodeBase64(bytes);
  if (body.length > ANSWER_BYTES_MAX || (text !== null && bytes.length > ANSWER_BYTES_MAX)) {
    return toResult(tooLarge(bytes.length));
  }
  return { ...headOf(response), body, isBase64Encoded: text === null };
}

/** Status, headers and cookies of a response. Cookies are apart, because joining them would break them. */
export function headOf(response: Response): ResultHead {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) if (name !== "set-cookie") headers[name] = value;
  return { statusCode: response.status, headers, cookies: response.headers.getSetCookie() };
}

function isText(headers: Headers): boolean {
  if (headers.has("content-encoding")) return false;
  return /^text\/|[/+]json\b|[/+]xml\b|\bcharset=utf-8\b/i.test(headers.get("content-type") ?? "");
}

/** Null when the bytes are not the UTF-8 that their type promises. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function tooLarge(sizeBytes: number): Response {
  const message = `The answer has ${sizeBytes} bytes, Lambda takes at most ${ANSWER_BYTES_MAX}. Ask for less (max_bytes), or let the function stream.`;
  return Response.json({ error_code: 50_002, message }, { status: 500 });
}
