import { ZERO_UUID, type StreambedError } from "@streambed/kernel";
import { encodeRecordBatch, type ProduceRequestInput, type ProduceResponse, type Codecs } from "@streambed/protocol";
import type { MetadataCache } from "../cluster/metadata-cache.ts";
import { codeError, namedError } from "../errors.ts";
import type { BodyOf } from "../net/broker-connection.ts";
import type { Batch } from "./batch.ts";
import type { ProducerSettings } from "./producer-settings.ts";

/** First version that names topics by id only. */
const TOPIC_IDS_FROM = 13;

/** A produce request, and the highest version that can say it. */
export interface ProduceCall {
  readonly body: BodyOf<ProduceRequestInput>;
  readonly maxVersion: number | undefined;
}

/** Builds the request for batches of different partitions. Records are encoded and compressed here. */
export function produceCall(
  batches: readonly Batch[],
  settings: Pick<ProducerSettings, "acks" | "compression"> & { readonly timeoutMs: number; readonly codecs: Codecs },
  metadata: MetadataCache,
): ProduceCall {
  const byTopic = Map.groupBy(batches, (batch) => batch.topic);
  const topics = [...byTopic].map(([name, members]) => ({
    name,
    topicId: metadata.topic(name)?.topicId ?? ZERO_UUID,
    partitionData: members.map((batch) => ({ index: batch.partition, records: [encodeBatch(batch, settings)] })),
  }));
  const idsKnown = topics.every(({ topicId }) => topicId !== ZERO_UUID);
  return {
    maxVersion: idsKnown ? undefined : TOPIC_IDS_FROM - 1,
    body: (version) => ({
      acks: settings.acks,
      timeoutMs: settings.timeoutMs,
      topicData: topics.map(({ name, topicId, partitionData }) =>
        version >= TOPIC_IDS_FROM ? { topicId, partitionData } : { name, partitionData },
      ),
    }),
  };
}

function encodeBatch(
  batch: Batch,
  settings: Pick<ProducerSettings, "compression"> & { readonly codecs: Codecs },
): Uint8Array {
  return encodeRecordBatch({
    records: batch.records,
    compression: settings.compression,
    codecs: settings.codecs,
    ...(batch.identity !== null && {
      producerId: Number(batch.identity.producerId),
      producerEpoch: batch.identity.producerEpoch,
      baseSequence: batch.identity.baseSequence,
    }),
  });
}

/** What a broker said of one batch. */
export type BatchOutcome =
  | { readonly ok: true; readonly baseOffset: number; readonly appendTime: number }
  | {
      readonly ok: false;
      readonly error: StreambedError;
      /** The answer named the new leader, so nobody has to be asked for it. */
      readonly leaderKnown: boolean;
      /** What was wrong with single records, by position in the batch. */
      readonly recordErrors: ReadonlyMap<number, string>;
    };

/** Finds the answer for one batch. */
export function outcomeOf(batch: Batch, response: ProduceResponse, metadata: MetadataCache): BatchOutcome {
  const context = `Produce to ${batch.topic}-${batch.partition}`;
  const topicId = metadata.topic(batch.topic)?.topicId;
  const answer = response.responses
    .find(({ name, topicId: id }) => name === batch.topic || (name === "" && id === topicId))
    ?.partitionResponses.find(({ index }) => index === batch.partition);
  if (answer === undefined) {
    const error = namedError("UNKNOWN_SERVER_ERROR", context, "the answer does not mention the partition");
    return { ok: false, error, leaderKnown: false, recordErrors: new Map() };
  }
  if (answer.errorCode === 0) {
    return { ok: true, baseOffset: Number(answer.baseOffset), appendTime: Number(answer.logAppendTimeMs) };
  }
  for (const { nodeId, host, port, rack } of response.nodeEndpoints) metadata.noteBroker({ nodeId, host, port, rack });
  const leaderKnown = metadata.noteLeader(batch, answer.currentLeader);
  const recordErrors = new Map(
    answer.recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [batchIndex, batchIndexErrorMessage ?? ""]),
  );
  return { ok: false, error: codeError(answer.errorCode, context, answer.errorMessage), leaderKnown, recordErrors };
}
