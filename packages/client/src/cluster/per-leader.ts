import { sleep, type StreambedError } from "@streambed/kernel";
import { asStreambedError, timedOut } from "../errors.ts";
import { backoffMs } from "../net/backoff.ts";
import type { TopicPartition } from "../types.ts";
import type { Cluster } from "./cluster.ts";

/** What became of one item. */
export type Answered<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: StreambedError };

/** Time for everything, and a way out. */
export interface AskLimits {
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks one leader about its items and answers in their order. */
export type AskLeader<Item, Answer> = (items: readonly Item[], nodeId: number) => Promise<readonly Answered<Answer>[]>;

/**
 * Asks the leader of each item, one request per broker, and repeats what failed retriably until the time is over.
 * Answers come in the order of the items; an item that fails does not fail the others.
 */
export async function askLeaders<Item extends TopicPartition, Answer>(
  cluster: Cluster,
  items: readonly Item[],
  ask: AskLeader<Item, Answer>,
  limits: AskLimits,
): Promise<readonly Answered<Answer>[]> {
  const { clock, random, retryBackoff } = cluster.settings;
  const deadlineMs = clock.elapsed() + limits.timeoutMs;
  const late = { ok: false as const, error: timedOut(limits.what, limits.timeoutMs) };
  const answers = new Map<Item, Answered<Answer>>();
  let open = items;
  for (let attempts = 0; open.length > 0; attempts++) {
    limits.signal?.throwIfAborted();
    const failed = await askOnce(cluster, open, { ask, answers, signal: limits.signal });
    open = failed;
    if (open.length === 0) break;
    const pauseMs = backoffMs(retryBackoff, attempts, random);
    if (clock.elapsed() + pauseMs >= deadlineMs) break;
    await sleep(clock, pauseMs, limits.signal);
  }
  return items.map((item) => answers.get(item) ?? late);
}

/** One request. */
interface Asked<Item> {
  readonly nodeId: number;
  readonly members: Item[];
}

/** Puts an item into the first request to its leader that does not name the partition yet: brokers refuse duplicates. */
function addTo<Item extends TopicPartition>(requests: Asked<Item>[], nodeId: number, item: Item): void {
  const isSame = (other: Item): boolean => other.topic === item.topic && other.partition === item.partition;
  const request = requests.find((one) => one.nodeId === nodeId && !one.members.some(isSame));
  if (request === undefined) requests.push({ nodeId, members: [item] });
  else request.members.push(item);
}

/** One round. Notes every answer, and returns the items worth another try. */
async function askOnce<Item extends TopicPartition, Answer>(
  cluster: Cluster,
  items: readonly Item[],
  round: {
    readonly ask: AskLeader<Item, Answer>;
    readonly answers: Map<Item, Answered<Answer>>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<readonly Item[]> {
  const again: Item[] = [];
  const note = (item: Item, answer: Answered<Answer>): void => {
    round.answers.set(item, answer);
    if (answer.ok) return;
    cluster.noteFailure({ leaderOf: item }, answer.error);
    if (answer.error.retriable) again.push(item);
  };
  const requests: Asked<Item>[] = [];
  for (const item of items) {
    try {
      const { nodeId } = await cluster.leader(item, round.signal);
      addTo(requests, nodeId, item);
    } catch (error) {
      round.signal?.throwIfAborted();
      note(item, { ok: false, error: asStreambedError(error, `Leader of ${item.topic}-${item.partition}`) });
    }
  }
  await Promise.all(
    requests.map(async ({ nodeId, members }) => {
      const answers = await round.ask(members, nodeId).catch((error: unknown) => {
        round.signal?.throwIfAborted();
        return members.map(() => ({ ok: false as const, error: asStreambedError(error, "Asking a leader") }));
      });
      members.forEach((item, at) => {
        const answer = answers[at];
        if (answer !== undefined) note(item, answer);
      });
    }),
  );
  return again;
}

/** Groups items by topic, for requests that nest partitions in topics. */
export function byTopic<Item extends TopicPartition>(items: readonly Item[]): readonly (readonly [string, Item[]])[] {
  return [...Map.groupBy(items, ({ topic }) => topic)];
}
