import type { Client, TopicPartition } from "@streambed/client";
import { type Random } from "@streambed/kernel";

/** Records that each chosen partition gets. */
const RECORDS_PER_PARTITION = 10;
const RECORD_BYTES = 1024;
/** A consumer that sees nothing new for so long has seen everything there is. */
const SILENCE_MS = 10_000;

/** Creates topics of at most `perTopic` partitions until there are `total`; returns their names and sizes. */
export async function createAll(client: Client, total: number, perTopic: number): Promise<Map<string, number>> {
  const topics = new Map<string, number>();
  for (let made = 0; made < total; made += perTopic) {
    const name = `many-${topics.size}`;
    const numPartitions = Math.min(perTopic, total - made);
    const [created] = await client.admin.createTopics([{ name, numPartitions }]);
    if (created?.ok !== true) throw new Error(`topic ${name} was not created`, { cause: created?.error });
    topics.set(name, numPartitions);
  }
  return topics;
}

/** Asks for the metadata of everything and checks that each partition has a leader. */
export async function describeAll(client: Client, topics: ReadonlyMap<string, number>): Promise<void> {
  const described = await client.admin.describeTopics([...topics.keys()]);
  for (const topic of described) {
    if (!topic.ok) throw topic.error;
    const led = topic.partitions.filter(({ leader }) => leader >= 0).length;
    if (led !== topics.get(topic.name)) throw new Error(`${topic.name} has ${led} partitions with a leader`);
  }
}

/** Different partitions, chosen at random from all. */
export function choose(topics: ReadonlyMap<string, number>, count: number, random: Random): TopicPartition[] {
  const all = [...topics].flatMap(([topic, partitions]) =>
    Array.from({ length: partitions }, (_, partition): TopicPartition => ({ topic, partition })),
  );
  for (let at = 0; at < Math.min(count, all.length); at++) {
    const other = at + Math.floor(random.fraction() * (all.length - at));
    const [left, right] = [all[at], all[other]];
    if (left !== undefined && right !== undefined) [all[at], all[other]] = [right, left];
  }
  return all.slice(0, count);
}

/** Sends records to each partition and waits for all acknowledgements: all at once, or one partition after the other. */
export async function produceTo(
  client: Client,
  partitions: readonly TopicPartition[],
  { random, atOnce }: { readonly random: Random; readonly atOnce: boolean },
): Promise<void> {
  await using producer = client.producer({ acks: "all", lingerMs: 0 });
  const send = async ({ topic, partition }: TopicPartition): Promise<void> => {
    const records = Array.from({ length: RECORDS_PER_PARTITION }, () => ({
      value: random.bytes(RECORD_BYTES),
      partition,
    }));
    const answers = await producer.send(topic, records);
    for (const answer of answers) if (!answer.ok) throw answer.error;
  };
  if (atOnce) await Promise.all(partitions.map(send));
  else for (const each of partitions) await send(each);
}

/** Reads the partitions from their beginning; throws unless each holds exactly what was sent. */
export async function consumeFrom(
  client: Client,
  partitions: readonly TopicPartition[],
  rounds: number,
): Promise<void> {
  const consumer = client.consumer({ enableAutoCommit: false, autoOffsetReset: "earliest" });
  try {
    consumer.assign(partitions);
    await consumer.seekToBeginning(partitions);
    const expected = partitions.length * RECORDS_PER_PARTITION * rounds;
    let seen = 0;
    while (seen < expected) {
      const records = await consumer.poll({ timeoutMs: SILENCE_MS, maxRecords: 5000 });
      if (records.length === 0) throw new Error(`${seen} of ${expected} records came back`);
      seen += records.length;
    }
    if (seen !== expected) throw new Error(`${seen} records came back, but ${expected} were sent`);
  } finally {
    await consumer.close();
  }
}
