import type { Client } from "@streambed/client";
import { hasCode, StreambedError } from "@streambed/kernel";
import type { DataSet } from "./datasets.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { Progress } from "./progress.ts";

/** Records handed to the producer at a time. */
const RECORDS_PER_SEND = 2_000;
/** Sends that may be unacknowledged at the same time. */
const SENDS_IN_FLIGHT_MAX = 8;

/** Creates the topic and produces all records of a data set; returns what the topic must hold afterwards. */
export async function load(client: Client, dataSet: DataSet, progress: Progress): Promise<Fingerprint> {
  const { topic, records } = dataSet;
  const [created] = await client.admin.createTopics([{ name: topic, numPartitions: 6 }]);
  if (created?.ok === false) throw hasCode(created.error, "TOPIC_ALREADY_EXISTS") ? notEmpty(topic) : created.error;
  const expected = new Fingerprint();
  await using producer = client.producer({ compressionType: "zstd", lingerMs: 20, batchSize: 131_072 });
  const pending: Promise<void>[] = [];
  for (let at = 0; at < records.length; at += RECORDS_PER_SEND) {
    const part = records.slice(at, at + RECORDS_PER_SEND);
    for (const { key, value } of part) if (key && value) expected.add({ key, value });
    pending.push(
      producer.send(topic, part).then((results) => {
        for (const result of results) if (!result.ok) throw result.error;
        progress.add(results.length);
      }),
    );
    if (pending.length >= SENDS_IN_FLIGHT_MAX) await pending.shift();
  }
  await Promise.all(pending);
  return expected;
}

/** Records of an earlier run would be counted, too. */
function notEmpty(topic: string): StreambedError {
  return new StreambedError({
    kind: "conflict",
    code: "DEMO_TOPIC_EXISTS",
    message: `The topic ${topic} is there already, and the demo compares whole topics: delete it with \`streambed topics delete ${topic}\`.`,
  });
}
