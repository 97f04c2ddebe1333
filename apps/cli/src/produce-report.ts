import type { ProducerRecord, RecordMetadata } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";

/** Counts what is handed to a producer and what becomes of it. */
export class ProduceReport {
  readonly #topic: string;
  readonly #partitions = new Map<number, { count: number; first: number; last: number }>();
  readonly #failed = new Map<string, number>();
  /** Handed over, and without a result so far. */
  #open = 0;
  firstError: StreambedError | null = null;

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** Passes groups of records on, and counts them. */
  async *watch(groups: AsyncIterable<readonly ProducerRecord[]>): AsyncGenerator<readonly ProducerRecord[], void> {
    for await (const records of groups) {
      this.#open += records.length;
      yield records;
    }
  }

  add(result: RecordMetadata): void {
    this.#open--;
    if (!result.ok) {
      this.#failed.set(result.error.code, (this.#failed.get(result.error.code) ?? 0) + 1);
      this.firstError ??= result.error;
      return;
    }
    const seen = this.#partitions.get(result.partition);
    if (seen === undefined) {
      this.#partitions.set(result.partition, { count: 1, first: result.offset, last: result.offset });
      return;
    }
    seen.count++;
    seen.last = result.offset;
  }

  /** One sentence. `givenUp` is why sending ended early, with records that have no result. */
  summary(givenUp: unknown): string {
    const sorted = [...this.#partitions].toSorted(([left], [right]) => left - right);
    const sent = sorted.reduce((sum, [, seen]) => sum + seen.count, 0);
    const where = sorted.map(([partition, { first, last }]) =>
      first === last ? `${partition}@${first}` : `${partition}@${first}-${last}`,
    );
    const places = where.length === 0 ? "" : ` (partition@offset ${where.join(", ")})`;
    const why = givenUp instanceof StreambedError ? ` (${givenUp.code})` : "";
    const open = this.#open === 0 ? "" : `; ${this.#open} not acknowledged${why}`;
    return `Sent ${sent} record${sent === 1 ? "" : "s"} to ${this.#topic}${places}${this.#failures()}${open}.`;
  }

  #failures(): string {
    const counts = [...this.#failed].map(([code, count]) => `${count} ${code}`);
    const failed = [...this.#failed.values()].reduce((sum, count) => sum + count, 0);
    return failed === 0 ? "" : `; ${failed} failed (${counts.join(", ")})`;
  }
}
