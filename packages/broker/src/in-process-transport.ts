import { concatBytes, StreambedError } from "@streambed/kernel";
import type { Connection, Transport } from "@streambed/client";
import type { Broker } from "./broker.ts";

/**
 * Connects clients of the same process to a broker: the same handlers as over TCP, without sockets. Every address leads
 * to this broker.
 *
 * @example const client = createClient({ transport: inProcessTransport(broker), bootstrap: [{ host: "local", port: 0 }], ... });
 */
export function inProcessTransport(broker: Broker): Transport {
  return {
    connect: () => Promise.resolve(connect(broker)),
  };
}

function connect(broker: Broker): Connection {
  const session = broker.openSession({ remoteHost: "127.0.0.1" });
  let end: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const lost = closed.then(() => {
    throw new StreambedError({
      kind: "unavailable",
      code: "CONNECTION_CLOSED",
      message: "The connection to the broker ended; the request can be sent again.",
    });
  });
  // Only races look at it.
  lost.catch(() => undefined);
  const close = (): void => {
    session.close();
    end();
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    closed,
    close,
    send(frame, { signal }) {
      // The broker keeps what it stores, so it gets a copy that nobody else changes.
      const answering = session.handle(concatBytes(frame).slice());
      const inOrder = last.then(() => answering);
      last = inOrder;
      const answer = inOrder.then((outcome) => {
        if (outcome.kind === "reply") return concatBytes(outcome.chunks);
        if (outcome.kind === "no-reply") return new Uint8Array(0);
        close();
        return lost;
      });
      return Promise.race([answer, lost, ...(signal === undefined ? [] : [aborted(signal)])]);
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
