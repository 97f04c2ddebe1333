import type { Connection, Transport } from "@streambed/client";
import { concatBytes, messageOf, StreambedError } from "@streambed/kernel";
import type { NamespaceLike, ShardAnswer, ShardStubLike } from "./shapes.ts";

/**
 * The client's transport over Durable Object calls: the host of an address is the name of the shard, one call carries
 * one request frame.
 *
 * @example createClient({ transport: shardTransport(env.SHARDS), bootstrap: [{ host: "shard-0", port: 9092 }], ... })
 */
export function shardTransport(shards: NamespaceLike<ShardStubLike>): Transport {
  return {
    connect: (address) => Promise.resolve(new ShardConnection(shards.getByName(address.host))),
  };
}

class ShardConnection implements Connection {
  readonly closed: Promise<void>;
  readonly #stub: ShardStubLike;
  readonly #lost: Promise<never>;
  readonly #end: (reason: string) => void;
  #last: Promise<unknown> = Promise.resolve();

  constructor(stub: ShardStubLike) {
    this.#stub = stub;
    const ended = Promise.withResolvers<string>();
    this.#end = ended.resolve;
    this.#lost = ended.promise.then((reason) => {
      throw connectionClosed(reason);
    });
    this.closed = this.#lost.catch(() => undefined);
  }

  async send(
    frame: readonly Uint8Array[],
    options: { readonly expectReply: boolean; readonly signal?: AbortSignal },
  ): Promise<Uint8Array> {
    // Calls on one stub arrive in the order in which they were made; answers are put in order here.
    const calling = this.#call(concatBytes(frame));
    const inOrder = this.#last.then(() => calling);
    this.#last = inOrder.catch(() => undefined);
    const aborted = rejectOnAbort(options.signal);
    try {
      return await Promise.race([inOrder, this.#lost, aborted.promise]);
    } finally {
      aborted.stop();
    }
  }

  close(): void {
    this.#end("it was closed here");
  }

  async #call(frame: Uint8Array): Promise<Uint8Array> {
    const answer = await this.#answer(frame);
    switch (answer.kind) {
      case "reply":
        return answer.frame;
      case "no-reply":
        return new Uint8Array(0);
      case "close":
        this.#end(answer.reason);
        return this.#lost;
    }
  }

  async #answer(frame: Uint8Array): Promise<ShardAnswer> {
    try {
      return await this.#stub.request(frame);
    } catch (thrown) {
      // Evicted, overloaded, redeployed, or its bucket does not answer. A stub that failed once stays broken.
      return { kind: "close", reason: messageOf(thrown) };
    }
  }
}

function rejectOnAbort(signal: AbortSignal | undefined): { readonly promise: Promise<never>; stop(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  // Only a race looks at it.
  promise.catch(() => undefined);
  const onAbort = (): void => reject(signal?.reason as Error);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return { promise, stop: () => signal?.removeEventListener("abort", onAbort) };
}

function connectionClosed(reason: string): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "CONNECTION_CLOSED",
    message: `The connection to the shard ended: ${reason}`,
  });
}
