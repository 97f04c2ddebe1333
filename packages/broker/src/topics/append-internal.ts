import type { PartitionedLog } from "@streambed/log-storage";
import { randomUuid, StreambedError } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import { encodeRecordBatch } from "@streambed/protocol";
import type { RecordInput } from "@streambed/protocol";
import { itemError, storageError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import type { ClusterView } from "../ports/cluster-view.ts";

/** What came of appending to an internal topic. */
export type InternalAppend =
  | { readonly ok: true; readonly offset: number }
  | { readonly ok: false; readonly error: ItemError };

/** Writes records of an internal topic; they are inline in the log's entries, so that the fold sees them. */
export class InternalTopic {
  readonly #log: PartitionedLog;
  readonly #controller: ClusterView["controller"];
  readonly #random: Random;
  readonly #name: string;
  readonly #partitions: number;
  #creating: Promise<void> | undefined;

  constructor(
    parts: { readonly log: PartitionedLog; readonly cluster: Pick<ClusterView, "controller">; readonly random: Random },
    spec: { readonly name: string; readonly partitions: number },
  ) {
    this.#log = parts.log;
    this.#controller = parts.cluster.controller;
    this.#random = parts.random;
    this.#name = spec.name;
    this.#partitions = spec.partitions;
  }

  /** Number of partitions: the topic's own once it exists. */
  get partitions(): number {
    return this.#log.view.topicNamed(this.#name)?.partitions.length ?? this.#partitions;
  }

  /** Creates the topic when it is not there yet. Rejects with the store's error. */
  async ensure(): Promise<void> {
    if (this.#log.view.topicNamed(this.#name) !== undefined) return;
    this.#creating ??= this.#create().finally(() => {
      this.#creating = undefined;
    });
    await this.#creating;
  }

  async #create(): Promise<void> {
    const configs = new Map([
      ["cleanup.policy", "compact"],
      ["compression.type", "producer"],
      ["segment.bytes", "104857600"],
    ]);
    if (this.#controller !== undefined) {
      const spec = { name: this.#name, partitions: this.#partitions, replicationFactor: -1, configs };
      const problem = await this.#controller.createTopic(spec);
      if (this.#log.view.topicNamed(this.#name) !== undefined) return;
      if (problem !== undefined && problem !== "here") throw notCreated(problem);
    }
    // Whoever comes second finds the topic there, which is as good.
    const topicId = randomUuid(this.#random);
    await this.#log.command({ kind: "create-topic", topicId, name: this.#name, partitions: this.#partitions, configs });
  }

  /**
   * Appends one uncompressed batch; resolves when it is durable and folded. Never rejects. `mentioned` are names of
   * topics that the records are about.
   */
  async append(
    partition: number,
    records: readonly RecordInput[],
    mentioned: readonly string[],
  ): Promise<InternalAppend> {
    try {
      await this.ensure();
      const topic = this.#log.view.topicNamed(this.#name);
      if (topic === undefined)
        return { ok: false, error: itemError("COORDINATOR_NOT_AVAILABLE", `${this.#name} is being created`) };
      const maxTimestampMs = records.reduce((max, { timestamp }) => Math.max(max, timestamp), -1);
      const bytes = encodeRecordBatch({ records });
      const idempotence = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
      const batch = {
        topicId: topic.topicId,
        partition,
        bytes,
        recordCount: records.length,
        maxTimestampMs,
        inline: true,
        ...idempotence,
      };
      const [outcome] = await this.#log.append([batch], mentioned);
      if (outcome?.status !== "appended")
        return { ok: false, error: itemError("COORDINATOR_NOT_AVAILABLE", `${this.#name} refused the records`) };
      return { ok: true, offset: outcome.baseOffset };
    } catch (error) {
      return { ok: false, error: storageError(error) };
    }
  }
}

function notCreated({ errorMessage }: ItemError): StreambedError {
  return new StreambedError({ kind: "unavailable", code: "TOPIC_NOT_CREATED", message: errorMessage });
}
