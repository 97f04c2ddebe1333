import { Agent, request } from "node:http";
import { checkShape, CLUSTER_STATUS_PATH, clusterStatus } from "@streambed/contracts";
import type { BrokerRegistration, ClusterStatusQuery } from "@streambed/contracts";
import type { PeerAnswer, PeerLink } from "@streambed/cluster-membership";
import { messageOf } from "@streambed/kernel";

/** Largest answer that is read, bytes. */
const STATUS_BYTES_MAX = 1024 * 1024;
/** Where a process stands that is no member yet. */
const STARTING = 503;

/** Asks other brokers over HTTP, on connections that stay open. */
export function httpPeerLink(): PeerLink & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  return {
    async ask(broker, query, signal) {
      try {
        const { status, body } = await get(urlOf(broker, query), agent, signal);
        return answerOf(status, JSON.parse(body));
      } catch (error) {
        return isRefusal(error) ? { kind: "refused" } : { kind: "failed", reason: messageOf(error) };
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function urlOf({ httpUrl }: BrokerRegistration, query: ClusterStatusQuery): URL {
  const url = new URL(CLUSTER_STATUS_PATH, httpUrl);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

function get(url: URL, agent: Agent, signal: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > STATUS_BYTES_MAX) response.destroy(new Error("the answer is too long"));
        else chunks.push(chunk);
      });
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      response.once("error", reject);
    });
    asking.once("error", reject);
    asking.end();
  });
}

function answerOf(status: number, body: unknown): PeerAnswer {
  if (status === STARTING && typeof body === "object" && body !== null && "incarnation" in body)
    return { kind: "starting", incarnation: String(body.incarnation) };
  const shape = checkShape(clusterStatus, body);
  if (status === 200 && shape.ok) return { kind: "answered", status: shape.value };
  return { kind: "failed", reason: shape.ok ? `HTTP status ${status}` : shape.message };
}

/** Nobody listens: the machine is there and says so. A name with several addresses reports one error for each. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isRefusal);
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
