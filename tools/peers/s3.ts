import { spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { installOnce } from "./cache.ts";
import { freePort, run, stopProcess, waitForPort } from "./processes.ts";

/** versitygw 1.x: Apache-2.0, one binary, conditional writes decided under a lock per object. */
const VERSITYGW = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";

export interface S3Server extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; buckets are addressed by path. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly createBucket: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What programs that use AWS's variables need to find the server; some refuse plain HTTP unless told otherwise. */
export function s3Environment({ endpoint, region, accessKey, secretKey }: S3Server): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT: endpoint,
    AWS_ALLOW_HTTP: "true",
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
}

/** Builds the S3 server from source through the Go module proxy (minutes the first time) and returns the binary. */
export async function installS3(): Promise<string> {
  const folder = await installOnce({
    name: "versitygw",
    recipe: VERSITYGW,
    install: async (target) => {
      await run("go", ["install", VERSITYGW], { env: { GOBIN: target, CGO_ENABLED: "0" } });
    },
  });
  return join(folder, "versitygw");
}

/**
 * Starts an S3 server on loopback over a folder.
 *
 * Buckets are sub-folders and objects are files, so a key must not be a path prefix of another key (`a` and `a/b`),
 * which no key layout of ours needs. Conditional PUT (`If-None-Match: *`) has exactly one winner, also under
 * concurrency; `s3-check.ts` shows it.
 */
export async function startS3(options: { readonly dir: string; readonly port?: number }): Promise<S3Server> {
  const binary = await installS3();
  const port = options.port ?? (await freePort());
  const root = join(options.dir, "buckets");
  await mkdir(root, { recursive: true });
  const accessKey = "streambed-access";
  const secretKey = "streambed-secret-only-for-loopback";
  const log = await open(join(options.dir, "s3.log"), "a");
  const args = ["--port", `127.0.0.1:${port}`, "--quiet", "--keep-alive", "posix", root];
  const child = spawn(binary, args, {
    env: { ...process.env, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  const stop = (): Promise<void> => stopProcess(child);
  await waitForPort(port, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    accessKey,
    secretKey,
    createBucket: async (name) => void (await mkdir(join(root, name), { recursive: true })),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
