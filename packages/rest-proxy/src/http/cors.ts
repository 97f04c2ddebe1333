const METHODS = "GET, POST, PUT, PATCH, DELETE";
const MAX_AGE_S = "600";

/** The origin to allow for this request, or null. Nothing is allowed unless it is listed. */
function allowedOrigin(request: Request, origins: readonly string[]): string | null {
  const origin = request.headers.get("origin");
  if (origin === null) return null;
  if (origins.includes("*")) return "*";
  return origins.includes(origin) ? origin : null;
}

/** The answer to a browser's preflight request, or null when it is none or comes from a stranger. */
export function preflight(request: Request, origins: readonly string[]): Response | null {
  const origin = allowedOrigin(request, origins);
  if (origin === null || request.method !== "OPTIONS") return null;
  if (!request.headers.has("access-control-request-method")) return null;
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "content-type",
      "access-control-max-age": MAX_AGE_S,
      vary: "Origin",
    },
  });
}

/** Lets pages of a listed origin read the answer. */
export function allowOrigin(request: Request, response: Response, origins: readonly string[]): Response {
  const origin = allowedOrigin(request, origins);
  if (origin === null) return response;
  const open = new Response(response.body, response);
  open.headers.set("access-control-allow-origin", origin);
  open.headers.append("vary", "Origin");
  return open;
}
