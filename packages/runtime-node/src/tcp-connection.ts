import type { Socket } from "node:net";
import type { Connection } from "@streambed/client";
import { byteLength, StreambedError } from "@streambed/kernel";
import { FrameSplitter } from "@streambed/protocol";
import { REQUESTS_IN_FLIGHT_MAX } from "./limits.ts";
import { connectionClosed, remoteName, writeChunks } from "./socket-write.ts";

interface Waiter {
  readonly resolve: (frame: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

const NO_REPLY = new Uint8Array(0);

/** One conversation over a connected socket: adds and removes the length prefix, matches answers by order. */
export function tcpConnection(socket: Socket, options: { readonly responseBytesMax: number }): Connection {
  const splitter = new FrameSplitter(options.responseBytesMax);
  const waiters: Waiter[] = [];
  const remote = remoteName(socket);
  let failure: unknown;

  socket.on("data", (bytes: Uint8Array) => {
    try {
      for (const frame of splitter.push(bytes)) waiters.shift()?.resolve(frame);
    } catch (thrown) {
      failure = thrown;
      socket.destroy();
    }
  });
  socket.on("error", (error) => {
    failure ??= error;
  });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      const error = failure instanceof StreambedError ? failure : connectionClosed(remote, failure);
      for (const waiter of waiters.splice(0)) waiter.reject(error);
      resolve();
    });
  });

  return {
    closed,
    close: () => void socket.destroy(),
    send(frame, { expectReply, signal }) {
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      if (waiters.length >= REQUESTS_IN_FLIGHT_MAX) return Promise.reject(tooManyInFlight(remote));
      const sent = writeChunks(socket, [lengthPrefix(frame), ...frame]);
      if (!expectReply) return sent.then(() => NO_REPLY);
      // A broken write ends the socket, and that rejects the waiter below.
      sent.catch(() => undefined);
      if (socket.destroyed) return Promise.reject(connectionClosed(remote, failure));
      return new Promise((resolve, reject) => {
        waiters.push(abortable({ resolve, reject }, signal));
      });
    },
  };
}

/** The waiter keeps its place in the queue when its caller gives up: the answer will still come and must be skipped. */
function abortable(waiter: Waiter, signal: AbortSignal | undefined): Waiter {
  if (signal === undefined) return waiter;
  const onAbort = (): void => waiter.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const done = (): void => signal.removeEventListener("abort", onAbort);
  return {
    resolve(frame) {
      done();
      waiter.resolve(frame);
    },
    reject(error) {
      done();
      waiter.reject(error);
    },
  };
}

function lengthPrefix(frame: readonly Uint8Array[]): Uint8Array {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setInt32(0, byteLength(frame));
  return prefix;
}

function tooManyInFlight(remote: string): StreambedError {
  return new StreambedError({
    kind: "limit",
    code: "TOO_MANY_REQUESTS_IN_FLIGHT",
    message: `${REQUESTS_IN_FLIGHT_MAX} requests to ${remote} wait for answers; wait for some of them before sending more.`,
  });
}
