import { equalBytes, messageOf, StreambedError, utf8 } from "@streambed/kernel";
import type { Clock, Random } from "@streambed/kernel";
import { conformanceChecks, limits } from "@streambed/log-storage";
import type { ConformanceCheck, ObjectStore } from "@streambed/log-storage";
import type { Finding } from "./findings.ts";

/** What the checks need. */
export interface CheckParts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Prefix below which everything is deleted afterwards. */
  readonly prefix: string;
}

/** Sample of bytes for range reads. */
const SAMPLE = utf8("0123456789");
const RANGE = "range";
const FIRST_PAGE = "page-1";
const PAGES: readonly string[] = [FIRST_PAGE, "page-2", "page-3"];

/**
 * Whether the store can be reached, written, and holds a log. One that fails does not hide the others, but without a
 * write none of them means anything.
 */
export async function checkStore(parts: CheckParts): Promise<readonly Finding[]> {
  const { store, prefix } = parts;
  // A list: a HEAD of an object cannot tell that the whole bucket is missing.
  const reach = () => store.list({ prefix: "cluster.json", limit: 1 });
  const reached = await check("reach", "reachable, and the credentials are accepted", reach);
  if (reached.verdict === "fail") return [reached];
  const { checks, cleanUp } = conformanceChecks(store, parts);
  const writing: readonly ConformanceCheck[] = [
    ...checks,
    { name: "range", claim: "parts of objects can be read", run: () => readRange(parts) },
    { name: "page", claim: "lists go on where a page ended", run: () => listPages(parts) },
  ];
  const findings = [reached];
  try {
    const written = await check("write", "objects can be written", () => store.put(prefix + FIRST_PAGE, [SAMPLE]));
    const isWritable = written.verdict === "ok";
    findings.push(isWritable ? written : { ...written, says: `not writable: ${written.says}` });
    for (const { name, claim, run } of writing) {
      findings.push(isWritable ? await check(name, claim, run) : skipped(name, claim));
    }
  } finally {
    await cleanUp();
    await store.delete([RANGE, ...PAGES].map((name) => prefix + name)).catch(() => undefined);
  }
  findings.push(await checkClock(parts));
  return findings;
}

/** A check that needs a store that can be written. */
export function skipped(name: string, claim: string): Finding {
  return { name, verdict: "skip", says: `${claim}: not checked, as nothing can be written` };
}

async function check(name: string, claim: string, run: () => Promise<unknown>): Promise<Finding> {
  try {
    await run();
    return { name, verdict: "ok", says: claim };
  } catch (error) {
    return { name, verdict: "fail", says: messageOf(error) };
  }
}

async function readRange({ store, prefix }: CheckParts): Promise<void> {
  const key = prefix + RANGE;
  await store.put(key, [SAMPLE]);
  const middle = await store.get(key, { range: { offset: 2, length: 3 } });
  if (!middle.found || !equalBytes(middle.bytes, SAMPLE.subarray(2, 5)) || middle.size !== SAMPLE.length) {
    throw broken(store, "a range of an object was answered with other bytes, or without the object's size");
  }
  await store.delete([key]);
  const gone = await store.head(key);
  if (gone.found) throw broken(store, "an object was still there after it was deleted");
}

async function listPages({ store, prefix }: CheckParts): Promise<void> {
  const keys = PAGES.map((name) => prefix + name);
  await Promise.all(keys.map((key) => store.put(key, [SAMPLE])));
  const seen: string[] = [];
  let after = "";
  for (let pages = 0; pages <= keys.length; pages++) {
    const page = await store.list({ prefix, limit: 1, ...(after === "" ? {} : { after }) });
    seen.push(...page.objects.map(({ key }) => key));
    if (page.next === undefined) break;
    after = page.next;
  }
  if (seen.join() !== keys.join())
    throw broken(store, "a list in pages of one did not give every key once and in order");
}

/** The store's clock is the one that counts; a broker whose own is wrong takes nothing over. */
async function checkClock({ store, clock }: CheckParts): Promise<Finding> {
  const name = "clock";
  const beforeMs = clock.now();
  const { storeTimeMs } = await store.head("cluster.json");
  // Stores tell whole seconds, and the answer was made somewhere between.
  const skewMs = Math.max(beforeMs - 1000 - storeTimeMs, storeTimeMs - clock.now(), 0);
  if (skewMs < 1000) return { name, verdict: "ok", says: "the clocks of this machine and the store agree" };
  const says = `this machine's clock and the store's differ by ${(skewMs / 1000).toFixed(1)} s`;
  if (skewMs <= limits.CLOCK_SKEW_MS_MAX / 10) return { name, verdict: "ok", says };
  const advice = `Set the clock (NTP): with more than ${limits.CLOCK_SKEW_MS_MAX / 1000} s a broker takes nothing over.`;
  return { name, verdict: skewMs > limits.CLOCK_SKEW_MS_MAX ? "fail" : "warn", says, advice };
}

function broken({ description }: ObjectStore, what: string): StreambedError {
  const message = `${description} cannot hold a log: ${what}. Use another store, or a newer version of this one.`;
  return new StreambedError({ kind: "invalid", code: "STORE_NOT_CONFORMANT", message });
}
