// A step of the history bench: what the store gives to somebody who only gets the same objects, whole.
import { type Bucket, openBucket } from "./bucket.ts";

/** What the step is told. */
export interface RawArgs {
  readonly bucket: Bucket;
  /** Each is tried on a share of the objects; the best counts. */
  readonly concurrencies: readonly number[];
}

/** What the store gave. */
export interface RawResult {
  readonly objects: number;
  readonly bytes: number;
  /** MB of a million bytes a second, at the best concurrency. */
  readonly bestMBps: number;
  readonly byConcurrency: Readonly<Record<string, number>>;
}

const args = JSON.parse(process.argv[2] ?? "") as RawArgs;
console.log(JSON.stringify(await getAll(args)));

async function getAll({ bucket, concurrencies }: RawArgs): Promise<RawResult> {
  const store = await openBucket(bucket);
  const objects: { readonly key: string; readonly size: number }[] = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const page = await store.list({ prefix: "seg/", after });
    objects.push(...page.objects);
    after = page.next;
  }
  const byConcurrency: Record<string, number> = {};
  for (const [at, concurrency] of concurrencies.entries()) {
    const share = objects.filter((_, index) => index % concurrencies.length === at);
    const startMs = performance.now();
    let bytes = 0;
    const getter = async (): Promise<void> => {
      for (let object = share.shift(); object !== undefined; object = share.shift()) {
        const answer = await store.get(object.key);
        if (!answer.found) throw new Error(`${object.key} is gone`);
        bytes += answer.bytes.length;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, getter));
    byConcurrency[concurrency] = bytes / 1e6 / ((performance.now() - startMs) / 1000);
  }
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  return { objects: objects.length, bytes, bestMBps: Math.max(...Object.values(byConcurrency)), byConcurrency };
}
