import { messageOf, sleep, StreambedError } from "@streambed/kernel";
import type { Logger, Meter } from "@streambed/kernel";
import { createHousekeeper, openShardLog } from "@streambed/log-storage";
import type {
  BatchOutcome,
  Command,
  CommandOutcome,
  Housekeeper,
  ObjectStore,
  Partition,
  ShardLog,
} from "@streambed/log-storage";
import { defaultCodecs } from "@streambed/protocol";
import { toBatchInput } from "./attempts.ts";
import type { Attempt } from "./attempts.ts";
import { countingModule } from "./counting-module.ts";
import type { Dice } from "./dice.ts";
import { Machine } from "./machine.ts";
import { fullDigest, quickDigest, stateOf } from "./state-digest.ts";
import { storeLink } from "./store-link.ts";
import type { RequestCounts } from "./store-link.ts";
import type { World } from "./world.ts";

/** Wait before a log that could not be opened, or that halted, is opened again, milliseconds. */
const REOPEN_MS = 200;
/** How long a fetch may wait for news, milliseconds. */
const LONG_POLL_MS = 400;

/** Answer to a fetch. */
export type FetchAnswer =
  | { readonly status: "out-of-range"; readonly logStartOffset: number; readonly endOffset: number }
  | { readonly status: "ok"; readonly batches: readonly Uint8Array[] };

/**
 * One process of a broker: the production log on a machine that may stop, and the little that a server does around it.
 * It never restarts; a node that comes back is a new process.
 */
export class SimulatedBroker {
  readonly node: number;
  readonly machine: Machine;
  readonly counts: RequestCounts = new Map();
  readonly meters: Map<string, number> = new Map();
  log: ShardLog | undefined;
  /** Opened at least once. */
  wasOpen: boolean = false;
  /** Its log said that it is damaged. */
  sawDamage: boolean = false;
  readonly #world: World;
  readonly #store: ObjectStore;
  readonly #dice: Dice;
  #seenSeq = -1;
  #considering = false;
  #housekeeper: Housekeeper | undefined;
  #halted: () => void = () => undefined;

  constructor(world: World, node: number, process: number) {
    this.node = node;
    this.#world = world;
    this.#dice = world.dice.fork();
    this.machine = new Machine(`broker ${node}.${process}`, world.time, this.#dice.fork());
    this.#store = storeLink(world.network, this.machine, this.counts);
  }

  /** Opens the log, again after each halt. Never resolves. */
  async run(): Promise<void> {
    const { clock } = this.machine;
    for (;;) {
      try {
        const halted = new Promise<void>((resolve) => {
          this.#halted = resolve;
        });
        const log = await this.#open();
        log.onHalt((error) => this.#judge(error));
        this.log = log;
        const { housekeeping: keeps, guards } = this.#world.settings;
        const options = { internals: log.internals, codecs: defaultCodecs, guards };
        this.#housekeeper = keeps === undefined ? undefined : createHousekeeper({ ...options, settings: keeps });
        this.#seenSeq = -2;
        this.wasOpen = true;
        this.#note(() => `opened at ${this.foldedSeq}`);
        await halted;
      } catch (error) {
        this.#judge(error);
      }
      this.log = undefined;
      await sleep(clock, REOPEN_MS * this.#dice.between(0.5, 1.5));
    }
  }

  #open(): Promise<ShardLog> {
    const { settings } = this.#world;
    return openShardLog({
      store: this.#store,
      modules: () => [countingModule()],
      ownership: settings.isOwned ? "owned" : "shared",
      nodeId: this.node,
      guards: settings.guards,
      clock: this.machine.clock,
      random: this.#dice,
      logger: this.#logger(),
      meter: this.#meter(),
      ...settings.log,
    });
  }

  /** Errors of the log, here and in calls of clients: some mean that it must be opened anew, some must never happen. */
  #judge(error: unknown): void {
    this.#note(() => `error: ${messageOf(error)}`);
    const { checker, settings } = this.#world;
    if (!(error instanceof StreambedError)) return checker.fail("no-crash", `${messageOf(error)} ${stackOf(error)}`);
    if (error.kind === "unavailable" || error.kind === "limit" || error.kind === "fenced") {
      if (error.code === "LOG_STALE") this.#halted();
      return;
    }
    this.#halted();
    if (error.kind === "corrupt") this.sawDamage = true;
    if (error.kind === "corrupt" && (settings.spoilsReads || settings.operatorDeletes)) return;
    if (error.kind === "corrupt") return checker.fail("no-false-damage", messageOf(error));
    checker.fail("no-crash", `${error.code}: ${messageOf(error)} ${stackOf(error)}`);
  }

  /** Called after each event: whatever this process believes now must be what the log says. */
  observe(): void {
    if (this.log === undefined || !this.machine.isAlive) return;
    const state = stateOf(this.log.view);
    if (state.seq === this.#seenSeq) return;
    this.#seenSeq = state.seq;
    if (state.seq < 0) return;
    const { reference, checker } = this.#world;
    const expected = reference.digests[state.seq];
    if (expected === undefined)
      return checker.fail("same-state-everywhere", `${this.machine.name} folded entry ${state.seq}, which never was`);
    const actual = quickDigest(state);
    checker.expect(
      actual === expected,
      "same-state-everywhere",
      () => `${this.machine.name} at entry ${state.seq}:\n  has  ${actual}\n  not  ${expected}`,
    );
    const full = reference.fullDigests.get(state.seq);
    if (full !== undefined && fullDigest(state) !== full)
      checker.fail("checkpoint-equals-replay", `${this.machine.name} at entry ${state.seq} has another full digest`);
  }

  /** Appends in one request; the answers are the fold's. */
  async produce(attempts: readonly Attempt[]): Promise<readonly BatchOutcome[]> {
    const log = this.#opened();
    this.#consider(log);
    return this.#watched(log.append(attempts.map(toBatchInput)));
  }

  async command(command: Command): Promise<CommandOutcome> {
    const log = this.#opened();
    this.#consider(log);
    return this.#watched(log.command(command));
  }

  /** Node of the owner as this process knows it. */
  get ownerNode(): number | undefined {
    return this.log?.ownership.owner?.nodeId;
  }

  /** Takes the shard over, for whatever reason. */
  async claim(): Promise<void> {
    const outcome = await this.#watched(this.#opened().claim());
    this.#note(() => `claim: ${outcome}`);
  }

  /** Gives the shard up, as a broker does that shuts down. */
  async release(): Promise<void> {
    await this.#watched(this.#opened().release());
    this.#note(() => "released");
  }

  /** Writes to the bucket so far. */
  get puts(): number {
    let puts = 0;
    for (const [name, count] of this.counts) if (name.startsWith("put ")) puts += count;
    return puts;
  }

  /** One round of housekeeping, or one step of it. */
  async keepHouse(step: "runOnce" | "flush" | "merge" | "compact" | "collectGarbage" | "sweep"): Promise<void> {
    this.#opened();
    const report = await this.#watched<unknown>(this.#housekeeper?.[step]() ?? Promise.resolve());
    this.#note(() => `${step}: ${JSON.stringify(report)}`);
  }

  /** A client wants something of us that only the owner may do: is there one? */
  #consider(log: ShardLog): void {
    if (!this.#world.settings.isOwned || log.ownership.isOurs || this.#considering) return;
    this.#considering = true;
    this.#takeOverIfSilent(log)
      .catch((error: unknown) => this.#note(() => `no claim: ${messageOf(error)}`))
      .finally(() => {
        this.#considering = false;
      });
  }

  async #takeOverIfSilent(log: ShardLog): Promise<void> {
    const { clock } = this.machine;
    await sleep(clock, this.#dice.between(5, 300));
    await this.#watched(log.verifyTail());
    const { owner, isOurs, lastEntryElapsedMs } = log.ownership;
    if (isOurs || log !== this.log) return;
    // Gossip that may be wrong: a process that is only paused counts as dead now and then.
    const isHeardOf = this.#world.running.some(({ node, machine }) => node === owner?.nodeId && !machine.isPaused);
    const silentMs = clock.elapsed() - lastEntryElapsedMs;
    if (owner === undefined || !isHeardOf || silentMs > this.#dice.between(1_000, 4_000)) await this.claim();
  }

  /** The verified end of a partition; undefined when it does not exist. */
  async endOffset(topicId: string, partition: number): Promise<number | undefined> {
    const log = this.#opened();
    await this.#watched(log.verifyTail());
    return log.view.partition(topicId, partition)?.endOffset;
  }

  /** Folds what others have written, as a broker does when clients ask. */
  async lookAtTail(): Promise<void> {
    await this.#watched(this.#opened().verifyTail());
  }

  /** As the broker's fetch: an offset that is not known is looked for in the store before it is refused. */
  async fetch(topicId: string, partition: number, offset: number): Promise<FetchAnswer | undefined> {
    const log = this.#opened();
    const known = log.view.partition(topicId, partition);
    if (known === undefined || offset > known.endOffset) await this.#watched(log.verifyTail());
    const found = log.view.partition(topicId, partition);
    if (found === undefined) return undefined;
    if (offset === found.endOffset) await this.#growth(log, found);
    const { logStartOffset, endOffset } = found;
    if (offset < logStartOffset || offset > endOffset) return { status: "out-of-range", logStartOffset, endOffset };
    if (offset === endOffset) return { status: "ok", batches: [] };
    const batches = await this.#watched(log.read(found, offset, this.#dice.pick([1, 300, 2_000])));
    return { status: "ok", batches };
  }

  async #growth(log: ShardLog, partition: Partition): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        stop();
        resolve();
      };
      const cancel = this.machine.clock.schedule(LONG_POLL_MS, done);
      const stop = log.watch([partition], done);
    });
  }

  #opened(): ShardLog {
    if (this.log !== undefined) return this.log;
    throw new StreambedError({ kind: "unavailable", code: "STARTING", message: "The log is not open yet" });
  }

  async #watched<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      this.#judge(error);
      throw error;
    }
  }

  /** Last entry it has folded; -1 before its log is open. */
  get foldedSeq(): number {
    return this.log === undefined ? -1 : stateOf(this.log.view).seq;
  }

  #logger(): Logger {
    return {
      log: (level, event, fields) => {
        if (level !== "debug") this.#note(() => `${event} ${JSON.stringify(fields ?? {})}`);
      },
    };
  }

  #meter(): Meter {
    return {
      count: (name, amount) => void this.meters.set(name, (this.meters.get(name) ?? 0) + amount),
      observe: () => undefined,
    };
  }

  #note(text: () => string): void {
    this.#world.trace.note(this.foldedSeq, () => `${this.machine.name}  ${text()}`);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? "").split("\n").slice(1, 6).join("\n") : "";
}
