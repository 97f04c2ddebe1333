import { type V3Record, v3Record } from "@streambed/contracts";
import { messageOf, utf8 } from "@streambed/kernel";
import { shape } from "../http/body.ts";
import { JsonSplitter, type SplitFailure } from "../json/json-splitter.ts";
import { parseJson } from "../json/parse-json.ts";
import {
  JSON_DEPTH_MAX,
  STREAM_BYTES_IN_FLIGHT_MAX,
  STREAM_GROUP_RECORDS_MAX,
  STREAM_RECORDS_IN_FLIGHT_MAX,
} from "../limits.ts";
import type { Proxy } from "../proxy.ts";
import { RestError } from "../rest-error.ts";
import { send } from "./send.ts";
import { errorReport, type Outgoing, type Report, successReport, toOutgoing } from "./v3-record.ts";

/** Where the records of a stream go. */
export interface StreamTarget {
  /** As the path names it; produce does not check it, like Confluent. */
  readonly clusterId: string;
  readonly topic: string;
}

/** One object of the stream: a record to send, or the report of its refusal. */
type Item = { readonly sent: Outgoing } | { readonly report: Report };

/** Confluent ends each report with this. */
const SEPARATOR = "\r\n";

/**
 * Turns a stream of JSON objects into a stream of delivery reports in the same order. Reading, sending and reporting
 * overlap: an object is answered when its record is acknowledged, not when the request ends. How much may be under way
 * is bounded, so a slow broker or a client that does not read its reports slows the reading down.
 */
export function recordStream(
  proxy: Proxy,
  target: StreamTarget,
  chunks: AsyncIterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const run = new Run(proxy, target, writer);
  run.read(chunks).then(
    () => writer.close().catch(() => undefined),
    async (thrown: unknown) => {
      // The client went away, or its connection broke in the middle of an object. Records already sent stand.
      proxy.logger.log("debug", "produce_stream_broken", { topic: target.topic, reason: messageOf(thrown) });
      await writer.abort(thrown).catch(() => undefined);
    },
  );
  return readable;
}

class Run {
  readonly #proxy: Proxy;
  readonly #target: StreamTarget;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #startedAtMs: number;
  /** Groups whose reports are not written yet, oldest first. */
  readonly #pending: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();
  #recordsInFlight = 0;
  #bytesInFlight = 0;
  /** Set by an object that is not JSON: its report is the last one. */
  #broken = false;

  constructor(proxy: Proxy, target: StreamTarget, writer: WritableStreamDefaultWriter<Uint8Array>) {
    this.#proxy = proxy;
    this.#target = target;
    this.#writer = writer;
    this.#startedAtMs = proxy.clock.elapsed();
  }

  async read(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { recordBytesMax, streamingDurationMs } = this.#proxy.settings;
    const splitter = new JsonSplitter({ valueBytesMax: recordBytesMax, depthMax: JSON_DEPTH_MAX });
    for await (const chunk of chunks) {
      if (this.#proxy.clock.elapsed() - this.#startedAtMs > streamingDurationMs) {
        this.#report(new RestError(408, 408, "Streaming connection open for longer than allowed: Connect again."));
        return this.#last;
      }
      const more = await this.#take(splitter.push(chunk));
      if (!more || splitter.failure !== undefined) break;
    }
    splitter.end();
    if (splitter.failure !== undefined && !this.#broken) this.#report(splitError(splitter.failure));
    await this.#last;
  }

  /** Sends the objects of one chunk; false when one of them is not JSON, which ends the stream. */
  async #take(values: readonly Uint8Array[]): Promise<boolean> {
    for (let at = 0; at < values.length && !this.#broken; at += STREAM_GROUP_RECORDS_MAX) {
      const items: Item[] = [];
      let bytes = 0;
      for (const value of values.slice(at, at + STREAM_GROUP_RECORDS_MAX)) {
        items.push(this.#toItem(value));
        bytes += value.length;
        if (this.#broken) break;
      }
      this.#push(items, bytes);
      while (
        this.#pending.length > 0 &&
        (this.#recordsInFlight > STREAM_RECORDS_IN_FLIGHT_MAX || this.#bytesInFlight > STREAM_BYTES_IN_FLIGHT_MAX)
      ) {
        await this.#pending[0];
      }
    }
    return !this.#broken;
  }

  #toItem(value: Uint8Array): Item {
    const parsed = parseJson(value);
    if (!parsed.ok) {
      this.#broken = true;
      return { report: errorReport(splitError({ reason: "syntax", message: parsed.message })) };
    }
    try {
      const record: V3Record = shape(v3Record, parsed.value, { missing: 400 });
      return { sent: toOutgoing(record, this.#target.topic) };
    } catch (thrown) {
      if (thrown instanceof RestError) return { report: errorReport(thrown) };
      throw thrown;
    }
  }

  #report(error: RestError): void {
    this.#push([{ report: errorReport(error) }], 0);
  }

  /** Sends now, and writes the reports after those of all earlier groups. */
  #push(items: readonly Item[], bytes: number): void {
    this.#recordsInFlight += items.length;
    this.#bytesInFlight += bytes;
    const reports = deliver(this.#proxy, this.#target, items);
    // Awaited in order below; until then a failure must not count as unhandled.
    reports.catch(() => undefined);
    const written = this.#last.then(async () => {
      const texts = (await reports).map((report) => JSON.stringify(report) + SEPARATOR);
      await this.#writer.write(utf8(texts.join("")));
      this.#recordsInFlight -= items.length;
      this.#bytesInFlight -= bytes;
      void this.#pending.shift();
    });
    written.catch(() => undefined);
    this.#pending.push(written);
    this.#last = written;
  }
}

/** Sends the records among the items and returns one report per item. */
async function deliver(proxy: Proxy, target: StreamTarget, items: readonly Item[]): Promise<readonly Report[]> {
  const outgoing = items.flatMap((item) => ("sent" in item ? [item.sent] : []));
  const reports = (await deliverAll(proxy, target, outgoing)).values();
  return items.map((item): Report => {
    if ("report" in item) return item.report;
    return reports.next().value ?? errorReport(new Error("A record was sent without a result"));
  });
}

/** Sends records and returns one report each; a send that fails as a whole fails each of them. */
export async function deliverAll(
  proxy: Proxy,
  { clusterId, topic }: StreamTarget,
  outgoing: readonly Outgoing[],
): Promise<readonly Report[]> {
  if (outgoing.length === 0) return [];
  try {
    const results = await send(
      proxy,
      topic,
      outgoing.map((item) => item.record),
    );
    return outgoing.map((item, at): Report => {
      const result = results[at];
      if (result === undefined) return errorReport(new Error("The producer gave no result"));
      if (!result.ok) return errorReport(result.error);
      return { error_code: 200, ...successReport(result, item, clusterId) };
    });
  } catch (thrown) {
    return outgoing.map(() => errorReport(thrown));
  }
}

function splitError(failure: SplitFailure): RestError {
  const status = failure.reason === "too-large" ? 413 : 400;
  return new RestError(
    status,
    status,
    `Bad Request: Error processing JSON: ${failure.message}. The stream ends here; records before it stand.`,
  );
}
