import { seededRandom, systemClock } from "@streambed/kernel";
import { probeConformance } from "@streambed/log-storage";
import { r2Store, type R2BucketLike } from "@streambed/store-r2";
import { objectStoreContract } from "@streambed/testing/object-store-contract";

interface Environment {
  readonly BUCKET: R2BucketLike;
}

/** Runs one claim of the object store contract on R2, inside workerd; `/?claim=…` answers with what went wrong. */
export default {
  async fetch(request: Request, { BUCKET: bucket }: Environment): Promise<Response> {
    const claim = new URL(request.url).searchParams.get("claim");
    const store = r2Store({ bucket, prefix: `claim-${crypto.randomUUID()}` });
    const found = objectStoreContract.find(({ name }) => name === claim);
    try {
      if (found !== undefined) await found.run(store);
      else if (claim === "probe") await probeConformance(store, { clock: systemClock(), random: seededRandom(1) });
      else return new Response(`There is no claim ${String(claim)}`, { status: 404 });
      return new Response("holds");
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};
