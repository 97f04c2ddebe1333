import { fileURLToPath } from "node:url";
import { createTestHarness } from "wrangler";

/** Runs claims of the object store contract on R2 in a real workerd. */
export interface ContractHarness extends AsyncDisposable {
  /** `holds`, or what went wrong. The claim `probe` is the conformance probe. */
  run(claim: string): Promise<string>;
}

/** Starts workerd with an empty bucket. */
export async function startContractWorker(): Promise<ContractHarness> {
  // The worker is bundled from source, as everything is in tests.
  process.env["WRANGLER_BUILD_CONDITIONS"] = "@streambed/source,workerd,worker,browser";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const config = {
    name: "object-store-contract",
    main: fileURLToPath(new URL("object-store-worker.ts", import.meta.url)),
    compatibility_date: "2026-06-01",
    r2_buckets: [{ binding: "BUCKET", bucket_name: "contract" }],
  };
  const harness = createTestHarness({ workers: [{ config }] });
  const { url } = await harness.listen();
  return {
    async run(claim) {
      const response = await fetch(new URL(`/?claim=${encodeURIComponent(claim)}`, url));
      return response.text();
    },
    [Symbol.asyncDispose]: () => harness.close(),
  };
}
