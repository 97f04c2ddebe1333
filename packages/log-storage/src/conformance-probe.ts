import { equalBytes, StreambedError, utf8 } from "@streambed/kernel";
import type { Clock, Random } from "@streambed/kernel";
import { PROBE_ATTEMPTS_MAX } from "./limits.ts";
import type { ObjectStore, PutCondition, PutResult } from "./ports/object-store.ts";
import { Backoff, isAmbiguous } from "./retry.ts";

const RACING_WRITERS = 3;
const absent: PutCondition = { kind: "absent" };

/** What the probe needs besides the store. */
export interface ProbeOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/** What a store has shown, and when; written into `cluster.json` by whoever creates a cluster. */
export interface ProbeResult {
  /** Names of the checks. */
  readonly passed: readonly string[];
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** One thing the log's safety rests on. */
export interface ConformanceCheck {
  readonly name: string;
  /** What holds when it passes, in words. */
  readonly claim: string;
  /** Throws `STORE_NOT_CONFORMANT` (kind invalid), or the store's own error. */
  run(): Promise<void>;
}

/** Checks to be run in this order, each needing those before it, and what deletes their objects again. */
export interface ConformanceChecks {
  readonly checks: readonly ConformanceCheck[];
  /** Never rejects: leftovers harm nobody. */
  cleanUp(): Promise<void>;
}

/** The checks of {@link probeConformance}, for those who want to know about each. They write below `probe/`. */
export function conformanceChecks(store: ObjectStore, options: ProbeOptions): ConformanceChecks {
  const prefix = `probe/${options.random.bytes(8).reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "")}/`;
  const probe: Probe = { store, options, raced: `${prefix}1-raced`, swapped: `${prefix}2-swapped` };
  return {
    checks: [
      { name: "create", claim: "racing creates of a key have one winner", run: () => checkCreate(probe) },
      { name: "swap", claim: "a write with an outdated etag is refused", run: () => checkSwap(probe) },
      { name: "list", claim: "lists are sorted and show what was written", run: () => checkList(probe, prefix) },
    ],
    cleanUp: () =>
      store.delete([probe.raced, probe.swapped]).then(
        () => undefined,
        () => undefined,
      ),
  };
}

/**
 * Tries out what the log's safety rests on: creates have one winner, conditions are obeyed, reads and lists see what
 * was written. About a dozen requests below `probe/`, which it deletes again; a caller runs it once per bucket and
 * remembers the result. A store that accepts `If-None-Match` and ignores it would let two owners write one log, so it
 * is refused.
 *
 * Throws `STORE_NOT_CONFORMANT` (kind invalid), or the store's own error when it cannot be used at all.
 */
export async function probeConformance(store: ObjectStore, options: ProbeOptions): Promise<ProbeResult> {
  const { checks, cleanUp } = conformanceChecks(store, options);
  try {
    for (const check of checks) await check.run();
  } finally {
    await cleanUp();
  }
  return { passed: checks.map(({ name }) => name), atMs: options.clock.now() };
}

interface Probe {
  readonly store: ObjectStore;
  readonly options: ProbeOptions;
  readonly raced: string;
  readonly swapped: string;
}

async function checkCreate(probe: Probe): Promise<void> {
  const { store, raced } = probe;
  const bodies = Array.from({ length: RACING_WRITERS }, (_, writer) => utf8(`writer ${writer}`));
  const results = await Promise.all(bodies.map((body) => put(probe, raced, { body, condition: absent })));
  const winners = bodies.filter((_, writer) => results[writer]?.outcome === "written");
  const [winner] = winners;
  if (winners.length > 1) throw broken(store, `${winners.length} writers created the same key at the same time`);
  const stored = await store.get(raced);
  if (!stored.found) throw broken(store, "an object could not be read right after it was written");
  // An answer lost on the way, sent again, makes a winner see a conflict: then the bytes say who won.
  const expected = winner === undefined ? bodies : [winner];
  if (!expected.some((body) => equalBytes(body, stored.bytes))) {
    throw broken(store, "a key holds other bytes than its only creator wrote");
  }
  const again = await put(probe, raced, { body: utf8("later"), condition: absent });
  if (again.outcome === "written") throw broken(store, "a key that existed was created again");
}

async function checkSwap(probe: Probe): Promise<void> {
  const { store, swapped } = probe;
  await put(probe, swapped, { body: utf8("first"), condition: absent });
  const first = await store.head(swapped);
  if (!first.found) throw broken(store, "an object was missing right after it was written");
  await put(probe, swapped, { body: utf8("second"), condition: { kind: "etag", etag: first.etag } });
  const second = await store.get(swapped);
  if (!second.found || !equalBytes(second.bytes, utf8("second"))) {
    throw broken(store, "a write with the current etag (If-Match) was not accepted, or a read after it was stale");
  }
  const stale = await put(probe, swapped, { body: utf8("third"), condition: { kind: "etag", etag: first.etag } });
  if (stale.outcome === "written") throw broken(store, "a write with an outdated etag (If-Match) was accepted");
}

async function checkList({ store, raced, swapped }: Probe, prefix: string): Promise<void> {
  const all = (await store.list({ prefix })).objects.map(({ key }) => key);
  if (all.length !== 2 || all[0] !== raced || all[1] !== swapped) {
    throw broken(store, "a list after two writes did not give both keys, once each and sorted");
  }
  const rest = (await store.list({ prefix, after: raced })).objects.map(({ key }) => key);
  if (rest.length !== 1 || rest[0] !== swapped) throw broken(store, "a list after a key did not start behind that key");
}

/** Sends the same put until the store gives a definite answer: S3 answers racing writers with 409, R2 with 429. */
async function put(
  { store, options }: Probe,
  key: string,
  { body, condition }: { readonly body: Uint8Array; readonly condition: PutCondition },
): Promise<PutResult> {
  const backoff = new Backoff(options.clock, options.random);
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.put(key, [body], { condition });
    } catch (error) {
      if (!isAmbiguous(error) || attempt === PROBE_ATTEMPTS_MAX) throw error;
    }
    await backoff.pause();
  }
}

function broken(store: ObjectStore, what: string): StreambedError {
  const remedy =
    "Use a store with strongly consistent conditional writes (AWS S3, R2, a recent MinIO, a local folder).";
  const message = `${store.description} cannot hold a log: ${what}. ${remedy}`;
  return new StreambedError({ kind: "invalid", code: "STORE_NOT_CONFORMANT", message });
}
