import type { Random } from "@streambed/kernel";
import { s3Environment, startS3 } from "../../tools/peers/s3.ts";
import { temporaryFolder } from "../server/server-process.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";

/** A bucket on a real S3 server, behind a proxy that does what it is told. */
export interface FaultyBucket extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** What `--store` takes. */
  readonly store: string;
  /** Leads a server to the proxy. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts server and proxy; both end, and what was stored goes, when it is disposed of. */
export async function startFaultyBucket(bucket: string, random: Random): Promise<FaultyBucket> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await temporaryFolder());
  const s3 = starting.use(await startS3({ dir: folder.path }));
  await s3.createBucket(bucket);
  const proxy = starting.use(await startFaultProxy(s3.endpoint, random));
  const running = starting.move();
  const env = s3Environment({ ...s3, endpoint: proxy.endpoint });
  return { proxy, store: `s3://${bucket}/a`, env, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
