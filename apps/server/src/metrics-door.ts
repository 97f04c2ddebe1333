import { CONTENT_TYPES, formatFor } from "@streambed/metrics";
import type { MetricRegistry } from "@streambed/metrics";

type Fetch = (request: Request, env: object) => Promise<Response>;

const PATH = "/metrics";

/** Answers `GET /metrics` for Prometheus, and passes on everything else. */
export function withMetrics(metrics: MetricRegistry, next: Fetch): Fetch {
  return (request, env) => {
    // Most requests are not for us; they are told apart without parsing their URL.
    if (!request.url.includes(PATH) || new URL(request.url).pathname !== PATH) return next(request, env);
    return Promise.resolve(answer(metrics, request));
  };
}

function answer(metrics: MetricRegistry, { method, headers }: Request): Response {
  if (method !== "GET" && method !== "HEAD") {
    return new Response("Metrics are read with GET.\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const format = formatFor(headers.get("accept") ?? "");
  const text = method === "HEAD" ? null : metrics.text(format);
  return new Response(text, { headers: { "content-type": CONTENT_TYPES[format], "cache-control": "no-store" } });
}
