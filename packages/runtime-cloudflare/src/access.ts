import { equalBytes } from "@streambed/kernel";

/** Settings that say who may call a Worker. */
export interface AccessSettings {
  /** A secret; callers send it as bearer token, or as the password of basic authentication with any user name. */
  readonly STREAMBED_TOKEN?: string;
  /** `yes` lets everybody in. */
  readonly STREAMBED_ALLOW_ANONYMOUS?: string;
}

/**
 * The answer for a caller who may not enter, or null. A Worker is reachable from everywhere, so one that was given
 * neither a token nor the word that it shall be open serves nobody.
 */
export async function refuse(request: Request, settings: AccessSettings): Promise<Response | null> {
  const { STREAMBED_TOKEN: token = "", STREAMBED_ALLOW_ANONYMOUS: anonymous } = settings;
  if (anonymous === "yes") return null;
  if (token === "") {
    const remedy = "Set the secret STREAMBED_TOKEN, or STREAMBED_ALLOW_ANONYMOUS to yes.";
    return error(503, `This Worker was not told who may use it. ${remedy}`);
  }
  const given = credentials(request.headers.get("authorization") ?? "");
  if (given !== null && (await sameSecret(given, token))) return null;
  const answer = error(401, "Send the token of this Worker as bearer token, or as password of basic authentication.");
  answer.headers.set("www-authenticate", 'Basic realm="streambed", Bearer realm="streambed"');
  return answer;
}

function credentials(header: string): string | null {
  const [scheme = ""] = header.split(" ");
  const value = header.slice(scheme.length).trim();
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return null;
  try {
    const pair = atob(value);
    const colon = pair.indexOf(":");
    return colon === -1 ? null : pair.slice(colon + 1);
  } catch {
    // Not base64.
    return null;
  }
}

/** Compares digests, so that the time it takes says nothing about the secret. */
async function sameSecret(given: string, expected: string): Promise<boolean> {
  return equalBytes(await digest(given), await digest(expected));
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function error(status: 401 | 503, message: string): Response {
  // Confluent's five-digit codes begin with the status.
  return Response.json({ error_code: status * 100 + 1, message }, { status });
}
