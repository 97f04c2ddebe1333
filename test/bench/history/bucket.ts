import { open } from "node:fs/promises";
import { systemClock, systemRandom } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import { folderStore } from "@streambed/store-fs";
import { s3Store } from "@streambed/store-s3";
import { run } from "../../../tools/peers/processes.ts";

/** Where the history lies; each step opens it in a process of its own. */
export type Bucket =
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "s3";
      readonly endpoint: string;
      readonly bucket: string;
      readonly accessKey: string;
      readonly secretKey: string;
    };

export const TOPIC = "history";

/** Opens the bucket. The process ends soon, so nobody closes it. */
export async function openBucket(bucket: Bucket): Promise<ObjectStore> {
  const clock = systemClock();
  if (bucket.kind === "folder") return folderStore({ directory: bucket.path, clock, random: systemRandom() });
  const { endpoint, accessKey: accessKeyId, secretKey: secretAccessKey } = bucket;
  return s3Store({ bucket: bucket.bucket, endpoint, credentials: { accessKeyId, secretAccessKey }, clock });
}

/** Makes the next read come from the disk. False where the system does not allow it. */
export async function dropCaches(): Promise<boolean> {
  await run("sync", []);
  try {
    await using file = await open("/proc/sys/vm/drop_caches", "w");
    await file.write("3");
    return true;
  } catch {
    return false;
  }
}

/** Runs a step and returns what it prints. The step's arguments are one JSON text. */
export async function step<Result>(file: string, args: object): Promise<Result> {
  const path = new URL(file, import.meta.url).pathname;
  const flags = ["--conditions=@streambed/source", path, JSON.stringify(args)];
  const { stdout } = await run(process.execPath, flags, { timeoutMs: 3 * 3_600_000 });
  // Our own steps print what their callers name here.
  return JSON.parse(stdout.toString("utf8")) as Result;
}
