import type { Client, RecordMetadata } from "@streambed/client";

/** What producers were promised, and the check that the promise was kept. */
export class AcknowledgedLedger {
  readonly #places = new Map<string, string>();
  readonly #promised = new Set<string>();

  /** Records what came back for `values`, in order. Two values at one place are a broken promise at once. */
  add(values: readonly string[], results: readonly RecordMetadata[]): void {
    for (const [at, result] of results.entries()) {
      const value = values[at];
      if (!result.ok || value === undefined) continue;
      const place = `${result.partition}:${result.offset}`;
      const other = this.#places.get(place);
      if (other !== undefined && other !== value) throw new Error(`${place} was promised to ${other} and to ${value}`);
      this.#places.set(place, value);
      this.#promised.add(value);
    }
  }

  get size(): number {
    return this.#promised.size;
  }

  /** Reads the whole topic and lists every difference: lost, moved, or stored twice by an idempotent producer. */
  async differences(client: Client, topic: string, partitions: number): Promise<string[]> {
    const found: string[] = [];
    const seen = new Map<string, string>();
    for (let partition = 0; partition < partitions; partition++) {
      for (const [offset, value] of await readPartition(client, topic, partition)) {
        const place = `${partition}:${offset}`;
        const promised = this.#places.get(place);
        if (promised !== undefined && promised !== value) found.push(`${place} holds ${value} instead of ${promised}`);
        if (promised !== undefined) this.#places.delete(place);
        const earlier = seen.get(value);
        if (earlier !== undefined && !value.startsWith("plain"))
          found.push(`${value} is at ${earlier} and at ${place}`);
        seen.set(value, place);
      }
    }
    for (const [place, value] of this.#places) found.push(`${value} is not at ${place}`);
    return found;
  }
}

async function readPartition(client: Client, topic: string, partition: number): Promise<[number, string][]> {
  const [end] = await client.admin.listOffsets([{ topic, partition, spec: "latest" }]);
  if (end?.ok !== true) throw new Error(`The end of ${topic}-${partition} is not known`);
  const values: [number, string][] = [];
  const endOffset = end.offset;
  for (let offset = 0; offset < endOffset;) {
    const { records } = await client.fetch({ topic, partition, offset, maxBytes: 4_000_000, maxWaitMs: 100 });
    for (const record of records) {
      if (record.offset !== offset) throw new Error(`${topic}-${partition} jumps from ${offset} to ${record.offset}`);
      values.push([record.offset, new TextDecoder().decode(record.value ?? new Uint8Array(0))]);
      offset++;
    }
  }
  return values;
}
