import { join } from "node:path";
import { createTestHarness } from "wrangler";
import { ROOT } from "../../tools/diagram/workspace.ts";

/** A Worker in a real workerd, with R2 and Durable Objects in memory. */
export interface WorkerHarness extends AsyncDisposable {
  readonly url: URL;
  fetch(request: Request): Promise<Response>;
  /** Waits until an object is at rest and drops it from memory; what it held is gone. */
  evict(className: "Shard" | "Gateway", name: string): Promise<void>;
  /** Lines the Worker logged. */
  logs(): readonly string[];
}

/** Options of {@link startWorker}. */
export interface WorkerOptions {
  /** Relative to the root; the deployed Worker's by default. */
  readonly config?: string;
  /** The Worker's settings; by default it serves everybody. */
  readonly vars?: Readonly<Record<string, string>>;
}

/** Starts a Worker. */
export async function startWorker(options: WorkerOptions = {}): Promise<WorkerHarness> {
  const { config = "infra/cloudflare/wrangler.jsonc", vars = { STREAMBED_ALLOW_ANONYMOUS: "yes" } } = options;
  // The Worker is bundled from source, as everything is in tests.
  process.env["WRANGLER_BUILD_CONDITIONS"] = "@streambed/source,workerd,worker,browser";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const harness = createTestHarness({ workers: [{ configPath: join(ROOT, config), vars }] });
  const { url } = await harness.listen();
  return {
    url,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      return await fetch(new Request(new URL(pathname + search, url), request));
    },
    evict: (className, name) => harness.getWorker().evictDurableObject(className, { name }),
    logs: () => harness.getLogs().map(({ message }) => message),
    [Symbol.asyncDispose]: () => harness.close(),
  };
}
