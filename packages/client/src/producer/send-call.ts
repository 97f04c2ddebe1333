import type { RecordMetadata } from "../producer-types.ts";

/** One call of `send`: collects the result of each record and resolves when the last one is in. */
export class SendCall {
  readonly results: Promise<readonly RecordMetadata[]>;
  readonly #results: RecordMetadata[] = [];
  readonly #resolve: (results: readonly RecordMetadata[]) => void;
  readonly #reject: (error: unknown) => void;
  #left: number;

  constructor(recordCount: number) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly RecordMetadata[]>();
    this.results = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#left = recordCount;
    if (recordCount === 0) resolve([]);
  }

  settle(index: number, result: RecordMetadata): void {
    this.#results[index] = result;
    if (--this.#left === 0) this.#resolve(this.#results);
  }

  /** The call as a whole failed; records already added go on. */
  fail(error: unknown): void {
    this.#reject(error);
  }
}
