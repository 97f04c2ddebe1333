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
 * The bytes a socket receives, for one reader, each chunk good until the next is asked for. Reads ahead up to a bound, then lets TCP slow the sender down.
 * Unlike a socket's own iterator it can be stopped without destroying the socket, so that answers under way still
 * leave when the server closes.
 */
export class SocketIncoming implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #socket: Socket;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** What the reader has in hand. */
  #lent: Uint8Array | null = null;
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
    if (this.#lent !== null) release(this.#lent);
    this.#lent = null;
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length;
      if (this.#queue.length === 0 && !this.#ended) this.#socket.resume();
      return Promise.resolve(this.#lend(chunk));
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
      this.#waiter.resolve(this.#lend(chunk));
      this.#waiter = null;
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= INCOMING_QUEUE_BYTES_MAX) this.#socket.pause();
  }

  #lend(chunk: Uint8Array): Answer {
    this.#lent = chunk;
    return { done: false, value: chunk };
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = error;
    this.#waiter?.reject(error);
    this.#waiter = null;
  }
}

/**
 * Gives the memory of a chunk back at once. Left to the collector, 64 KiB for every read add up to a collection every
 * few megabytes; given back, the next read gets the same memory again.
 */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
