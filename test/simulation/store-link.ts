import { concatBytes, StreambedError } from "@streambed/kernel";
import type { GetOptions, GetResult, ObjectStore, PutOptions, PutResult } from "@streambed/log-storage";
import { entryNumber, LOG_PREFIX } from "./bucket.ts";
import type { Bucket } from "./bucket.ts";
import type { Dice } from "./dice.ts";
import { drawFate, NO_FAULTS } from "./faults.ts";
import type { FaultRates, Fate } from "./faults.ts";
import type { Machine } from "./machine.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** After this time an adapter gives up on a request, milliseconds. */
export const REQUEST_TIMEOUT_MS = 2_500;

/** The network between all machines and the bucket; its faults may change while it runs. */
export interface StoreNetwork {
  readonly bucket: Bucket;
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly trace: Trace;
  faults: FaultRates;
  /** Requests on their way that have not taken effect yet, sleepers included. */
  underWay: number;
  /** How many writes of log entries sleep while there are faults, 0 to 1. */
  readonly sleepyWrites: number;
  /** How long sleepers sleep, milliseconds. */
  readonly sleepMs: () => number;
  /** The bytes of a put changed before it had answered. */
  readonly onChangedBody: (key: string, etag: string) => void;
}

/** Requests of one machine, by verb and first part of the key: `put log`, `get ptr`. */
export type RequestCounts = Map<string, number>;

type Verb = "get" | "head" | "put" | "list" | "delete";

interface Request<Answer> {
  readonly verb: Verb;
  readonly key: string;
  /** Takes effect in the bucket. */
  readonly execute: () => Answer;
  /** What a truncating or bit-flipping network makes of the answer. */
  readonly spoil?: (answer: Answer, how: "truncated" | "flipped") => Answer;
  readonly signal?: AbortSignal | undefined;
}

/** The bucket as one machine sees it: an adapter that never retries, over a network that loses, delays and repeats. */
export function storeLink(network: StoreNetwork, machine: Machine, counts: RequestCounts): ObjectStore {
  const { bucket } = network;
  const send = <Answer>(request: Request<Answer>): Promise<Answer> => {
    const name = `${request.verb} ${request.key.split("/", 1)[0] ?? ""}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return new Promise((resolve, reject) => new Sending(network, machine, request).start(resolve, reject));
  };
  return {
    description: "simulated bucket",
    get: (key, options = {}) => {
      // A broker that catches up asks for many entries that are not there yet. Their answers come at once: it is the
      // first missing one that counts, and simulating all of them takes most of the time.
      if (isFarBehindTail(bucket, key) && !machine.isPartitioned && machine.isAlive)
        return Promise.resolve<GetResult>({ found: false, storeTimeMs: bucket.timeMs });
      return send<GetResult>({
        verb: "get",
        key,
        execute: () => read(bucket, key, options),
        spoil: (answer, how) => spoil(answer, how, network.dice),
        signal: options.signal,
      });
    },
    head: (key) => send({ verb: "head", key, execute: () => read(bucket, key, { range: { offset: 0, length: 0 } }) }),
    put: (key, body, options = {}) => sendPut(send, network, { key, body, options }),
    list: (options) => send({ verb: "list", key: options.prefix, execute: () => bucket.list(options) }),
    delete: (keys) => send({ verb: "delete", key: keys[0] ?? "", execute: () => bucket.delete(keys) }),
  };
}

function isFarBehindTail(bucket: Bucket, key: string): boolean {
  return key.startsWith(LOG_PREFIX) && entryNumber(key) > bucket.newestEntry + 2;
}

function sendPut(
  send: (request: Request<PutResult>) => Promise<PutResult>,
  network: StoreNetwork,
  put: { readonly key: string; readonly body: readonly Uint8Array[]; readonly options: PutOptions },
): Promise<PutResult> {
  const { key, options } = put;
  const sent = concatBytes(put.body).slice();
  let isPending = true;
  const execute = (): PutResult => {
    const result = network.bucket.put(key, sent, options.condition);
    // A real adapter may still be reading the body: until its put has answered nobody may change what is stored.
    if (result.outcome === "written" && isPending && !equal(sent, put.body)) network.onChangedBody(key, result.etag);
    return result;
  };
  return send({ verb: "put", key, execute, signal: options.signal }).finally(() => {
    isPending = false;
  });
}

/** One request on its way. */
class Sending<Answer> {
  readonly #network: StoreNetwork;
  readonly #machine: Machine;
  readonly #request: Request<Answer>;
  #settled = false;
  #finish: (run: () => void) => void = () => undefined;

  constructor(network: StoreNetwork, machine: Machine, request: Request<Answer>) {
    this.#network = network;
    this.#machine = machine;
    this.#request = request;
  }

  start(resolve: (answer: Answer) => void, reject: (error: unknown) => void): void {
    const { dice } = this.#network;
    const machine = this.#machine;
    const { signal } = this.#request;
    if (!machine.isAlive) return;
    if (signal?.aborted === true) return reject(signal.reason);
    const stopTimer = machine.clock.schedule(REQUEST_TIMEOUT_MS, () => this.#settle(() => reject(timeout(this.#name))));
    const onAbort = (): void => this.#settle(() => reject(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#finish = (run) => {
      stopTimer();
      signal?.removeEventListener("abort", onAbort);
      run();
    };
    const fate = machine.isPartitioned ? "dropped" : this.#draw();
    this.#note(fate);
    const outMs = latency(dice);
    const fail = (why: StreambedError, afterMs: number): void => this.#answer(() => reject(why), afterMs);
    switch (fate) {
      case "dropped":
        if (dice.chance(0.5)) fail(unavailable(this.#name, "connection reset"), outMs);
        return;
      case "busy":
        return fail(error("STORE_BUSY", `${this.#name}: a conflicting operation was in flight (409)`), outMs * 2);
      case "throttled":
        return fail(error("STORE_THROTTLED", `${this.#name}: slow down (503)`), outMs * 2);
      case "answerLost":
        this.#execute(outMs);
        if (dice.chance(0.5)) fail(unavailable(this.#name, "connection reset"), outMs + latency(dice));
        return;
      case "cut":
        this.#execute(outMs);
        return fail(unavailable(this.#name, "connection reset in the middle of the body"), outMs + latency(dice));
      case "late":
        return this.#execute(this.#network.sleepMs());
      case "duplicated":
        return this.#duplicate(resolve, outMs);
      case "truncated":
      case "flipped":
      case "answered":
      case "slow": {
        const arrivesMs = fate === "slow" ? dice.between(0.1, 1.2) * REQUEST_TIMEOUT_MS : outMs;
        const change = fate === "truncated" || fate === "flipped" ? this.#request.spoil : undefined;
        return this.#execute(arrivesMs, (answer) => {
          const arrived = change === undefined ? answer : change(answer, fate === "flipped" ? "flipped" : "truncated");
          this.#answer(() => resolve(arrived), latency(dice));
        });
      }
    }
  }

  #draw(): Fate {
    const { dice, faults, sleepyWrites } = this.#network;
    const { verb, key } = this.#request;
    const isTroubled = faults !== NO_FAULTS && verb === "put" && key.startsWith("log/");
    return isTroubled && dice.chance(sleepyWrites) ? "late" : drawFate(faults, dice);
  }

  /** Repeated by the network or by a client library behind our back; either answer may be the one that is seen. */
  #duplicate(resolve: (answer: Answer) => void, outMs: number): void {
    const { dice, sleepMs } = this.#network;
    const answer = (result: Answer): void => this.#answer(() => resolve(result), latency(dice));
    const secondMs = dice.chance(0.3) ? sleepMs() : outMs + latency(dice);
    const seesSecond = dice.chance(0.5);
    this.#execute(outMs, seesSecond ? undefined : answer);
    this.#execute(secondMs, seesSecond ? answer : undefined);
  }

  #execute(afterMs: number, then?: (answer: Answer) => void): void {
    const { time } = this.#network;
    this.#network.underWay++;
    time.after(afterMs, () => {
      this.#network.underWay--;
      const answer = this.#request.execute();
      if (afterMs > REQUEST_TIMEOUT_MS) this.#note("wakes");
      then?.(answer);
    });
  }

  #answer(run: () => void, afterMs: number): void {
    this.#network.time.after(afterMs, () => {
      // What was on its way when the network was cut does not arrive.
      if (!this.#machine.isPartitioned) this.#machine.deliver(() => this.#settle(run));
    });
  }

  #settle(run: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#finish(run);
  }

  get #name(): string {
    return `${this.#request.verb} ${this.#request.key}`;
  }

  #note(fate: string): void {
    const { verb, key } = this.#request;
    this.#network.trace.note(fate.length * 31 + key.length, () => `${this.#machine.name}  ${verb} ${key}  ${fate}`);
  }
}

/** One way, milliseconds: mostly some tens, now and then some hundreds. */
function latency(dice: Dice): number {
  return 3 - 22 * Math.log(1 - dice.fraction());
}

function read(bucket: Bucket, key: string, { range }: GetOptions): GetResult {
  const object = bucket.objects.get(key);
  const storeTimeMs = bucket.timeMs;
  if (object === undefined) return { found: false, storeTimeMs };
  const { bytes, etag } = object;
  const part = range === undefined ? bytes.slice() : bytes.slice(range.offset, range.offset + range.length);
  return { found: true, bytes: part, size: bytes.length, etag, storeTimeMs };
}

function spoil(answer: GetResult, how: "truncated" | "flipped", dice: Dice): GetResult {
  if (!answer.found || answer.bytes.length === 0) return answer;
  if (how === "truncated") return { ...answer, bytes: answer.bytes.subarray(0, dice.below(answer.bytes.length)) };
  const at = dice.below(answer.bytes.length);
  answer.bytes[at] = (answer.bytes[at] ?? 0) ^ (1 << dice.below(8));
  return answer;
}

function equal(sent: Uint8Array, body: readonly Uint8Array[]): boolean {
  let at = 0;
  for (const chunk of body) for (const byte of chunk) if (sent[at++] !== byte) return false;
  return true;
}

function error(code: string, message: string): StreambedError {
  return new StreambedError({ kind: "unavailable", code, message });
}

function unavailable(name: string, why: string): StreambedError {
  return error("STORE_UNAVAILABLE", `${name}: ${why}`);
}

function timeout(name: string): StreambedError {
  return error("STORE_TIMEOUT", `${name}: no answer for ${REQUEST_TIMEOUT_MS} ms`);
}
