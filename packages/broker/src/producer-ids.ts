import type { PartitionedLog } from "@streambed/log-storage";
import { PRODUCER_ID_BLOCK } from "./limits.ts";

/** Hands out producer ids that are never used twice in the cluster, from blocks reserved in the log. */
export class ProducerIds {
  readonly #log: PartitionedLog;
  #next = 0;
  #end = 0;
  #reserving: Promise<void> | undefined;

  constructor(log: PartitionedLog) {
    this.#log = log;
  }

  /** A fresh id. Rejects with the store's error when a new block cannot be reserved. */
  async next(): Promise<number> {
    while (this.#next >= this.#end) {
      this.#reserving ??= this.#reserve().finally(() => {
        this.#reserving = undefined;
      });
      await this.#reserving;
    }
    return this.#next++;
  }

  async #reserve(): Promise<void> {
    const outcome = await this.#log.command({ kind: "allocate-producer-ids", count: PRODUCER_ID_BLOCK });
    if (outcome.status !== "allocated") throw new Error("a block of producer ids was refused");
    this.#next = outcome.firstProducerId;
    this.#end = outcome.firstProducerId + PRODUCER_ID_BLOCK;
  }
}
