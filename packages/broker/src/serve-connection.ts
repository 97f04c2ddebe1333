import { byteLength, messageOf } from "@streambed/kernel";
import { FrameSplitter } from "@streambed/protocol";
import type { Broker } from "./broker.ts";
import { REQUEST_BYTES_IN_FLIGHT_MAX, REQUESTS_IN_FLIGHT_MAX, STORE_QUEUE_BYTES_HIGH } from "./limits.ts";
import type { ByteDuplex } from "./ports/byte-duplex.ts";
import type { FrameAnswer, Session } from "./session.ts";

/**
 * Serves one connection until it ends. Requests are worked on concurrently and answered in order; a client that sends
 * faster than the store takes is not read any further.
 */
export async function serveConnection(broker: Broker, duplex: ByteDuplex): Promise<void> {
  const session = broker.openSession({ remoteHost: duplex.remoteHost });
  const pipeline = new Pipeline(duplex);
  try {
    const splitter = new FrameSplitter(broker.core.settings.socketRequestMaxBytes);
    for await (const bytes of duplex.incoming) {
      for (const frame of splitter.push(bytes)) pipeline.add(frame.length, handle(session, frame));
      await pipeline.whenReady();
      await broker.core.log.whenQueueBelow(STORE_QUEUE_BYTES_HIGH);
      if (pipeline.ended) break;
    }
    await pipeline.drained();
  } catch (error) {
    broker.core.logger.log("debug", "connection-ended", { peer: duplex.remoteHost, reason: messageOf(error) });
  } finally {
    session.close();
    duplex.close();
  }
}

function handle(session: Session, frame: Uint8Array): Promise<FrameAnswer> {
  return session.handle(frame);
}

/** A request, oldest first, and its answer when there is one. */
interface Slot {
  readonly bytes: number;
  answer: FrameAnswer | undefined;
}

/** Sends answers in the order of their requests; those that are ready at the same time leave as one write. */
class Pipeline {
  readonly #duplex: ByteDuplex;
  readonly #slots: Slot[] = [];
  #count = 0;
  #bytes = 0;
  #sending = false;
  #wake: (() => void) | undefined;
  /** True when the connection must not be read any more. */
  ended = false;

  constructor(duplex: ByteDuplex) {
    this.#duplex = duplex;
  }

  add(bytes: number, answer: Promise<FrameAnswer>): void {
    const slot: Slot = { bytes, answer: undefined };
    this.#slots.push(slot);
    this.#count++;
    this.#bytes += bytes;
    const settle = (settled: FrameAnswer): void => {
      slot.answer = settled;
      if (this.#sending || this.#slots[0] !== slot) return;
      this.#sending = true;
      // One commit answers many requests in the same turn: behind this one come the others.
      queueMicrotask(() => void this.#sendSettled());
    };
    answer.then(settle, (error: unknown) => settle({ kind: "close", reason: messageOf(error) }));
  }

  /** Never rejects: when a client is gone, its connection ends. */
  async #sendSettled(): Promise<void> {
    for (let settled = this.#takeSettled(); settled.length > 0; settled = this.#takeSettled()) {
      await this.#send(settled).catch(() => this.#end());
      this.#count -= settled.length;
      for (const { bytes } of settled) this.#bytes -= bytes;
      this.#wake?.();
    }
    this.#sending = false;
  }

  #takeSettled(): readonly Slot[] {
    const pending = this.#slots.findIndex(({ answer }) => answer === undefined);
    return this.#slots.splice(0, pending < 0 ? this.#slots.length : pending);
  }

  async #send(settled: readonly Slot[]): Promise<void> {
    const chunks: Uint8Array[] = [];
    const closing = settled.findIndex(({ answer }) => answer?.kind === "close");
    for (const { answer } of closing < 0 ? settled : settled.slice(0, closing)) {
      if (answer?.kind === "reply") chunks.push(lengthPrefix(answer.chunks), ...answer.chunks);
    }
    if (chunks.length > 0 && !this.ended) await this.#duplex.write(chunks);
    if (closing >= 0) this.#end();
  }

  #end(): void {
    this.ended = true;
    this.#duplex.close();
    this.#wake?.();
  }

  async whenReady(): Promise<void> {
    while (!this.ended && (this.#count >= REQUESTS_IN_FLIGHT_MAX || this.#bytes > REQUEST_BYTES_IN_FLIGHT_MAX)) {
      await this.#progress();
    }
  }

  /** Resolves when every answer has left or never will. */
  async drained(): Promise<void> {
    while (this.#count > 0) await this.#progress();
  }

  #progress(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

function lengthPrefix(chunks: readonly Uint8Array[]): Uint8Array {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setInt32(0, byteLength(chunks));
  return prefix;
}
