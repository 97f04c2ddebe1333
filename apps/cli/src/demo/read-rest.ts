import { Fingerprint } from "./fingerprint.ts";
import type { Progress } from "./progress.ts";
import type { Wanted } from "./read-group.ts";

const V2 = "application/vnd.kafka.v2+json";
const BINARY = "application/vnd.kafka.binary.v2+json";
/** Bytes asked for at a time. */
const READ_BYTES = 4_194_304;
/** A read gives up after so many answers without a record. */
const EMPTY_ANSWERS_MAX = 20;

interface RestRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
}

/** Reads topics through a consumer instance of the REST proxy (v2, binary); returns a fingerprint for each topic. */
export async function readThroughRest(
  restUrl: string,
  wanted: Wanted,
  progress: Progress,
): Promise<ReadonlyMap<string, Fingerprint>> {
  const found = new Map(wanted.topics.map((topic) => [topic, new Fingerprint()]));
  const instance = await createInstance(restUrl, wanted.group);
  try {
    await send(`${instance}/subscription`, { topics: wanted.topics });
    let count = 0;
    for (let empty = 0; count < wanted.records && empty < EMPTY_ANSWERS_MAX;) {
      const records = await readSome(instance);
      for (const { topic, key, value } of records) {
        found.get(topic)?.add({ key: Buffer.from(key ?? "", "base64"), value: Buffer.from(value ?? "", "base64") });
      }
      empty = records.length === 0 ? empty + 1 : 0;
      count += records.length;
      progress.add(records.length);
    }
  } finally {
    await fetch(instance, { method: "DELETE", headers: { "content-type": V2 } });
  }
  return found;
}

async function createInstance(restUrl: string, group: string): Promise<string> {
  const settings = { format: "binary", "auto.offset.reset": "earliest", "fetch.min.bytes": "1" };
  const answer: unknown = await (await send(`${restUrl}/consumers/${group}-rest`, settings)).json();
  if (typeof answer === "object" && answer !== null && "base_uri" in answer) return String(answer.base_uri);
  throw new Error("The REST proxy gave no base_uri");
}

async function readSome(instance: string): Promise<readonly RestRecord[]> {
  const response = await fetch(`${instance}/records?timeout=1000&max_bytes=${READ_BYTES}`, {
    headers: { accept: BINARY },
  });
  if (!response.ok) throw new Error(`GET records answered ${response.status}: ${await response.text()}`);
  // The shape is the proxy's contract; what is in it is compared with what was sent.
  return (await response.json()) as readonly RestRecord[];
}

async function send(url: string, body: object): Promise<Response> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": V2 }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`);
  return response;
}
