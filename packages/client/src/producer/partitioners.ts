import type { Random } from "@streambed/kernel";
import type { TopicMetadata } from "../cluster/metadata-cache.ts";

/**
 * Partition of records without a key: stays with one until about a batch has gone there, then draws another,
 * so that batches are full and partitions get equal bytes (KIP-480, KIP-794).
 */
export class StickyPartitioner {
  readonly #random: Random;
  readonly #batchSize: number;
  #partition = -1;
  #bytes = 0;

  constructor(random: Random, batchSize: number) {
    this.#random = random;
    this.#batchSize = batchSize;
  }

  choose(topic: TopicMetadata, recordBytes: number): number {
    const used = this.#partition >= 0 && this.#partition < topic.partitions.length;
    if (!used || this.#bytes >= this.#batchSize) this.#draw(topic);
    this.#bytes += recordBytes;
    return this.#partition;
  }

  #draw(topic: TopicMetadata): void {
    const led = topic.partitions.filter(({ leader }) => leader >= 0);
    const among = led.length > 0 ? led : topic.partitions;
    const others = among.length > 1 ? among.filter(({ partition }) => partition !== this.#partition) : among;
    this.#partition = others[Math.floor(this.#random.fraction() * others.length)]?.partition ?? 0;
    this.#bytes = 0;
  }
}
