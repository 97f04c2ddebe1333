import { setTimeout as sleep } from "node:timers/promises";
import { createTopics } from "../../tools/peers/create-topics.ts";
import {
  startMember,
  type Delivery,
  type GroupSetup,
  type Member,
  type MemberKind,
  type Strategy,
} from "./group-members.ts";
import type { Report } from "./report.ts";
import { startSteadyProducer } from "./steady-producer.ts";

const PARTITIONS = 6;
const SESSION_TIMEOUT_MS = 6000;
/** What a rebalance may take on top of noticing a death: the clients' own polling, and starting a JVM on two cores. */
const SLACK_MS = 4000;
const SETTLE_TIMEOUT_MS = 30_000;
/** The newest deliveries that decide who owns what. */
const WINDOW_MS = 700;

interface Context {
  readonly bootstrap: string;
  readonly report: Report;
}

/** Different clients share the partitions of one group while they join, leave and die. */
export async function runGroups(context: Context): Promise<void> {
  // kcat never leaves in good order here: on SIGTERM it drops a record that it has already counted as consumed.
  await lifecycle(context, "range", ["kafkajs", "java-console", "kcat", "kafka-python"]);
  await lifecycle(context, "roundrobin", ["kafka-python", "kafkajs", "java-console", "kcat"]);
  await documentedRoundRobin(context);
}

class Watch {
  readonly deliveries: Delivery[] = [];
  readonly add = (delivery: Delivery): void => void this.deliveries.push(delivery);

  /** Who delivered which partitions lately; undefined when two members did the same one. */
  owners(since: number): Map<string, Set<string>> | undefined {
    const from = Math.max(since, Date.now() - WINDOW_MS);
    const owners = new Map<string, Set<string>>();
    const taken = new Map<string, string>();
    for (let at = this.deliveries.length - 1; at >= 0; at -= 1) {
      const delivery = this.deliveries[at];
      if (delivery === undefined || delivery.heardAt < from) break;
      // A member that just got a partition first delivers what its predecessor did not commit.
      const name = `${delivery.topic} ${delivery.partition}`;
      const other = taken.get(name);
      if (other !== undefined && other !== delivery.member) return undefined;
      taken.set(name, delivery.member);
      const set = owners.get(delivery.member) ?? new Set();
      owners.set(delivery.member, set.add(name));
    }
    return owners;
  }

  async until(shares: Readonly<Record<string, number>>): Promise<string[]> {
    const start = Date.now();
    for (;;) {
      const owners = this.owners(start);
      const seen = owners === undefined ? "two owners" : describe(owners);
      if (seen === wantedShares(shares)) return [];
      if (Date.now() - start > SETTLE_TIMEOUT_MS) {
        return [`after ${SETTLE_TIMEOUT_MS} ms the shares are ${seen}, not ${wantedShares(shares)}`];
      }
      await sleep(50);
    }
  }
}

function describe(owners: ReadonlyMap<string, ReadonlySet<string>>): string {
  return wantedShares(Object.fromEntries([...owners].map(([member, partitions]) => [member, partitions.size])));
}

function wantedShares(shares: Readonly<Record<string, number>>): string {
  const names = Object.keys(shares).toSorted();
  return names.map((name) => `${name} ${shares[name]}`).join(", ");
}

type Quartet = readonly [first: MemberKind, second: MemberKind, third: MemberKind, late: MemberKind];

async function lifecycle({ bootstrap, report }: Context, strategy: Strategy, kinds: Quartet): Promise<void> {
  const name = `group-${strategy}-${Date.now().toString(36)}`;
  const setup = { bootstrap, strategy, group: name, topics: [name], sessionTimeoutMs: SESSION_TIMEOUT_MS };
  await createTopics(bootstrap, [name], PARTITIONS);
  const producer = await startSteadyProducer(bootstrap, [name], PARTITIONS);
  const watch = new Watch();
  const [one, two, three, late] = kinds;
  const members: Member[] = [];
  const join = async (kind: MemberKind): Promise<Member> => {
    const member = await startMember(kind, setup, watch.add);
    members.push(member);
    return member;
  };
  const claim = async (what: string, shares: Readonly<Record<string, number>>): Promise<void> => {
    const start = Date.now();
    const problems = await watch.until(shares);
    const said = problems.length === 0 ? [] : members.map((member) => `${member.name}: ${member.errors().slice(-300)}`);
    report.claim(`${strategy}: ${what}`, [...problems, ...said]);
    report.note(`${strategy}: ${what}: settled after ${Date.now() - start} ms`);
  };
  try {
    await join(one);
    await claim(`${one} alone has all partitions`, { [one]: 6 });
    const firstOwned = Date.now();
    const second = await join(two);
    await claim(`${two} joins ${one}`, { [one]: 3, [two]: 3 });
    const third = await join(three);
    await claim(`${three} joins both`, { [one]: 2, [two]: 2, [three]: 2 });
    await second.leave();
    await claim(`${two} leaves`, { [one]: 3, [three]: 3 });
    await third.kill();
    await claim(`${three} is killed`, { [one]: 6 });
    await join(late);
    await claim(`${late} joins later`, { [one]: 3, [late]: 3 });
    const written = await producer.stop();
    await drained(watch, written);
    report.claim(`${strategy}: every record is processed at least once`, missing(watch, written));
    report.claim(`${strategy}: no partition is silent longer than the session timeout`, silences(watch, firstOwned));
  } finally {
    await producer.stop();
    await Promise.all(members.map((member) => member.kill()));
  }
}

async function drained(watch: Watch, written: ReadonlyMap<string, number>): Promise<void> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  while (missing(watch, written).length > 0 && Date.now() < deadline) await sleep(100);
}

function missing(watch: Watch, written: ReadonlyMap<string, number>): string[] {
  const seen = new Map<string, Set<number>>();
  for (const { topic, partition, offset } of watch.deliveries) {
    const name = `${topic} ${partition}`;
    const offsets = seen.get(name) ?? new Set();
    seen.set(name, offsets.add(offset));
  }
  return [...written].flatMap(([name, count]) => {
    const lost = Array.from({ length: count }, (_, offset) => offset).filter((offset) => !seen.get(name)?.has(offset));
    return lost.length === 0 ? [] : [`${name} lacks ${lost.length} of ${count} offsets, first ${lost[0]}`];
  });
}

/** The longest time between two deliveries of a partition, once the group had an owner for it. */
function silences(watch: Watch, from: number): string[] {
  const last = new Map<number, number>();
  let longest = 0;
  for (const { partition, heardAt } of watch.deliveries) {
    if (heardAt < from) continue;
    longest = Math.max(longest, heardAt - (last.get(partition) ?? from));
    last.set(partition, heardAt);
  }
  const bound = SESSION_TIMEOUT_MS + SLACK_MS;
  return longest <= bound ? [] : [`a partition was silent for ${longest} ms`];
}

/** The example of Kafka's documentation: two members, two topics of three partitions. */
async function documentedRoundRobin({ bootstrap, report }: Context): Promise<void> {
  const name = `group-docs-${Date.now().toString(36)}`;
  const topics = [`${name}-t1`, `${name}-t2`];
  const setup: GroupSetup = {
    bootstrap,
    group: name,
    strategy: "roundrobin",
    topics,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  };
  await createTopics(bootstrap, topics, 3);
  const producer = await startSteadyProducer(bootstrap, topics, 3);
  const watch = new Watch();
  const members: Member[] = [];
  try {
    for (const kind of ["kafka-python", "kcat"] as const) members.push(await startMember(kind, setup, watch.add));
    const problems = await watch.until({ "kafka-python": 3, kcat: 3 });
    const seen = [...(watch.owners(0)?.values() ?? [])].map((set) => short([...set], name)).toSorted();
    const wanted = ["t1p0 t1p2 t2p1", "t1p1 t2p0 t2p2"];
    if (seen.join("; ") !== wanted.join("; ")) problems.push(`the assignment is ${seen.join("; ")}`);
    report.claim("roundrobin: two members share two topics as Kafka's documentation shows", problems);
  } finally {
    await producer.stop();
    await Promise.all(members.map((member) => member.kill()));
  }
}

function short(partitions: string[], prefix: string): string {
  return partitions
    .map((partition) => partition.replace(`${prefix}-`, "").replace(" ", "p"))
    .toSorted()
    .join(" ");
}
