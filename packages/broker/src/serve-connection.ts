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

/** Sends answers in the order of their requests. */
class Pipeline {
  readonly #duplex: ByteDuplex;
  #last: Promise<void> = Promise.resolve();
  #count = 0;
  #bytes = 0;
  #wake: (() => void) | undefined;
  /** True when the connection must not be read any more. */
  ended = false;

  constructor(duplex: ByteDuplex) {
    this.#duplex = duplex;
  }

  add(bytes: number, answer: Promise<FrameAnswer>): void {
    this.#count++;
    this.#bytes += bytes;
    this.#last = this.#last
      .then(async () => this.#send(await answer))
      .catch(() => this.#end())
      .finally(() => {
        this.#count--;
        this.#bytes -= bytes;
        this.#wake?.();
      });
  }

  async #send(answer: FrameAnswer): Promise<void> {
    if (this.ended || answer.kind === "no-reply") return;
    if (answer.kind === "close") return this.#end();
    const length = new Uint8Array(4);
    new DataView(length.buffer).setInt32(0, byteLength(answer.chunks));
    await this.#duplex.write([length, ...answer.chunks]);
  }

  #end(): void {
    this.ended = true;
    this.#duplex.close();
    this.#wake?.();
  }

  async whenReady(): Promise<void> {
    while (!this.ended && (this.#count >= REQUESTS_IN_FLIGHT_MAX || this.#bytes > REQUEST_BYTES_IN_FLIGHT_MAX)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async drained(): Promise<void> {
    await this.#last;
  }
}
