import type { Socket } from "node:net";
import { INCOMING_QUEUE_BYTES_MAX } from "./limits.ts";
import { connectionClosed, remoteName } from "./socket-write.ts";

type Answer = IteratorResult<Uint8Array, undefined>;
interface Waiter {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const DONE: Answer = { done: true, value: undefined };

/**
 * The bytes a socket receives, for one reader. Reads ahead up to a bound, then lets TCP slow the sender down.
 * Unlike a socket's own iterator it can be stopped without destroying the socket, so that answers under way still
 * leave when the server closes.
 */
export class SocketIncoming implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #socket: Socket;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #waiter: Waiter | null = null;
  #ended = false;
  #failure: Error | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    const remote = remoteName(socket);
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.once("end", () => this.stop());
    socket.once("error", (error) => this.#fail(connectionClosed(remote, error)));
    socket.once("close", () => this.stop());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Answer> {
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length;
      if (this.#queue.length === 0 && !this.#ended) this.#socket.resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  return(): Promise<Answer> {
    this.stop();
    return Promise.resolve(DONE);
  }

  /** The reader gets what has arrived, then the end. The socket can still be written to. */
  stop(): void {
    this.#ended = true;
    this.#socket.pause();
    this.#waiter?.resolve(DONE);
    this.#waiter = null;
  }

  #take(chunk: Uint8Array): void {
    if (this.#ended) return;
    if (this.#waiter !== null) {
      this.#waiter.resolve({ done: false, value: chunk });
      this.#waiter = null;
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= INCOMING_QUEUE_BYTES_MAX) this.#socket.pause();
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = error;
    this.#waiter?.reject(error);
    this.#waiter = null;
  }
}
