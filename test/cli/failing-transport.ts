import type { Connection, Transport } from "@streambed/client";
import { ByteReader, ByteWriter, concatBytes } from "@streambed/kernel";
import {
  apiByName,
  ERROR_CODES,
  type ErrorName,
  type FetchRequest,
  type ProduceRequest,
  readRequestHeader,
  writeResponseHeader,
} from "@streambed/protocol";

/** How requests of one API fail. */
export interface Failing {
  readonly api: "Produce" | "Fetch";
  /** Asked at each request: an error for every partition, no answer at all, or null for the broker's own answer. */
  readonly how: () => ErrorName | "HANG" | null;
}

/** A transport to a broker whose answers to one API can be replaced. */
export function failingTransport(transport: Transport, failing: Failing): Transport {
  return {
    async connect(address, signal): Promise<Connection> {
      const connection = await transport.connect(address, signal);
      return {
        closed: connection.closed,
        close: () => connection.close(),
        send: (frame, options) => answerTo(frame, failing) ?? connection.send(frame, options),
      };
    },
  };
}

/** Null: the broker may answer. */
function answerTo(frame: readonly Uint8Array[], { api: name, how }: Failing): Promise<Uint8Array> | null {
  const reader = new ByteReader(concatBytes([...frame]));
  const { header, api } = readRequestHeader(reader);
  const error = api?.name === name ? how() : null;
  if (error === null) return null;
  if (error === "HANG") return new Promise(() => undefined);
  const { code: errorCode } = ERROR_CODES[error];
  const version = header.requestApiVersion;
  const known = apiByName(name);
  const request = known.decodeRequest(reader, version);
  const writer = new ByteWriter();
  writeResponseHeader(writer, known, { version, correlationId: header.correlationId });
  const response =
    name === "Fetch"
      ? fetchFailed(request as FetchRequest, errorCode)
      : produceFailed(request as ProduceRequest, errorCode);
  known.encodeResponse(writer, response, version);
  return Promise.resolve(writer.finish().slice());
}

function fetchFailed({ topics }: FetchRequest, errorCode: number): object {
  return {
    responses: topics.map(({ topic, topicId, partitions }) => ({
      ...(topic === "" ? { topicId } : { topic }),
      partitions: partitions.map(({ partition }) => ({
        partitionIndex: partition,
        errorCode,
        highWatermark: -1n,
        records: null,
      })),
    })),
  };
}

function produceFailed({ topicData }: ProduceRequest, errorCode: number): object {
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      ...(name === "" ? { topicId } : { name }),
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1n })),
    })),
  };
}
