import { shardName, shardTransport } from "@streambed/runtime-cloudflare";
import type { ShardAnswer } from "@streambed/runtime-cloudflare";
import { endToEndSuite } from "../end-to-end/suite.ts";
import { startWorker } from "./worker-harness.ts";
import type { WorkerHarness } from "./worker-harness.ts";

// A restart here ends the object that owns the shard in the middle of its requests; the gateway lives on.
endToEndSuite("R2, with a Durable Object that ends in the middle", async () => {
  const worker = await startWorker({ config: "test/workerd/wrangler.jsonc" });
  return {
    fetch: (request) => worker.fetch(request),
    transport: shardTransport({ getByName: () => ({ request: (frame) => sendFrame(worker, frame) }) }),
    bootstrap: { host: shardName(0), port: 9092 },
    async restart() {
      await worker.fetch(new Request("http://worker/test/crash-shard", { method: "POST" }));
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
});

async function sendFrame(worker: WorkerHarness, frame: Uint8Array): Promise<ShardAnswer> {
  const body = new Uint8Array(frame);
  const response = await worker.fetch(new Request("http://worker/test/kafka", { method: "POST", body }));
  if (response.status === 200) return { kind: "reply", frame: new Uint8Array(await response.arrayBuffer()) };
  if (response.status === 204) return { kind: "no-reply" };
  return { kind: "close", reason: await response.text() };
}
