import { fromUtf8 } from "@streambed/kernel";
import { decodeBase64, encodeBase64 } from "@streambed/rest-proxy";
import { expect } from "vitest";
import type { Deployment } from "./deployment.ts";

const ORIGIN = "http://streambed.example";
const BINARY = "application/vnd.kafka.binary.v2+json";
const V2 = "application/vnd.kafka.v2+json";

/** A record as v2 returns it. */
export interface RestRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** REST calls of tests: JSON in, JSON out, and a status that must be right. */
export class RestCalls {
  readonly #deployment: Pick<Deployment, "fetch">;

  constructor(deployment: Pick<Deployment, "fetch">) {
    this.#deployment = deployment;
  }

  /** Sends a request and takes the answer apart. */
  async call(method: string, path: string, options: { readonly body?: unknown; readonly type?: string } = {}) {
    const { body, type = path.startsWith("/v3") ? "application/json" : V2 } = options;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = body === undefined ? {} : { body: text };
    const headers = {
      ...(body === undefined ? {} : { "content-type": type }),
      accept: method === "GET" ? type : "*/*",
    };
    const request = new Request(`${ORIGIN}${path}`, { method, headers, ...sent });
    const response = await this.#deployment.fetch(request);
    return { status: response.status, text: await response.text() };
  }

  /** The JSON of an answer that must have this status. */
  async expect(status: number, method: string, path: string, options: { body?: unknown; type?: string } = {}) {
    const answer = await this.call(method, path, options);
    expect(answer, `${method} ${path}`).toMatchObject({ status });
    // Whatever a test expects of it, it says with matchers.
    return (answer.text === "" ? undefined : JSON.parse(answer.text)) as unknown;
  }

  async clusterId(): Promise<string> {
    const answer = (await this.expect(200, "GET", "/v3/clusters")) as { data: readonly { cluster_id: string }[] };
    return answer.data[0]?.cluster_id ?? "";
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    const body = { topic_name: topic, partitions_count: partitions };
    await this.expect(201, "POST", `/v3/clusters/${await this.clusterId()}/topics`, { body });
  }

  /** Writes text over v2 to one partition; returns the offsets. */
  async produceV2(topic: string, values: readonly string[], partition = 0): Promise<readonly number[]> {
    const records = values.map((value) => ({ value: base64(value), key: base64(`key of ${value}`), partition }));
    const answer = await this.expect(200, "POST", `/topics/${topic}`, { body: { records }, type: BINARY });
    const { offsets } = answer as { offsets: readonly { offset: number }[] };
    return offsets.map(({ offset }) => offset);
  }

  /** Writes text over v3 as one stream of records; returns the offsets. */
  async produceV3(topic: string, values: readonly string[], partition = 0): Promise<readonly number[]> {
    const path = `/v3/clusters/${await this.clusterId()}/topics/${topic}/records`;
    const body = values
      .map((value) => JSON.stringify({ partition_id: partition, value: { type: "STRING", data: value } }))
      .join("\n");
    const answer = await this.call("POST", path, { body });
    const reports = answer.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { error_code: number; offset: number });
    expect(reports.map(({ error_code: code }) => code)).toEqual(values.map(() => 200));
    return reports.map(({ offset }) => offset);
  }

  async createInstance(group: string, name: string): Promise<void> {
    const body = { name, format: "binary", "auto.offset.reset": "earliest", "auto.commit.enable": "false" };
    await this.expect(200, "POST", `/consumers/${group}`, { body });
  }

  async subscribe(group: string, name: string, topic: string): Promise<void> {
    const body = { topics: [topic] };
    await this.expect(204, "POST", `/consumers/${group}/instances/${name}/subscription`, { body });
  }

  /** Reads until `count` records are there. */
  async read(group: string, name: string, count: number): Promise<readonly RestRecord[]> {
    const records: RestRecord[] = [];
    while (records.length < count) {
      const path = `/consumers/${group}/instances/${name}/records?timeout=500`;
      const answer = await this.expect(200, "GET", path, { type: BINARY });
      records.push(...(answer as readonly RestRecord[]));
    }
    return records;
  }
}

/** Text as v2's binary format carries it. */
export function base64(text: string): string {
  return encodeBase64(new TextEncoder().encode(text));
}

/** Text out of v2's binary format. */
export function textOf(value: string | null): string {
  return fromUtf8(decodeBase64(value ?? "") ?? new Uint8Array(0));
}
