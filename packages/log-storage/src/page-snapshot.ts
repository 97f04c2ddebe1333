import { ByteWriter } from "@streambed/kernel";
import type { LogState } from "./log-state.ts";
import { encodePage } from "./page-codec.ts";

/**
 * Some pages of the state as it is now, encoded one by one while the fold goes on: a page that the fold is about to
 * change is encoded just before. So neither are all of them in memory at once, nor does the fold wait for all of them.
 */
export class PageSnapshot {
  readonly #state: LogState;
  readonly #pending: Set<number>;
  readonly #encoded = new Map<number, Uint8Array>();

  constructor(state: LogState, pages: readonly number[]) {
    this.#state = state;
    this.#pending = new Set(pages);
    state.rows.partitions.beforeChange = (page) => {
      if (this.#pending.delete(page)) this.#encoded.set(page, this.#encode(page));
    };
  }

  /** The encoded partitions of a page; each page can be taken once. */
  take(page: number): Uint8Array {
    const encoded = this.#encoded.get(page);
    this.#encoded.delete(page);
    this.#pending.delete(page);
    return encoded ?? this.#encode(page);
  }

  /** Ends the snapshot: the fold need not wait for it any more. */
  close(): void {
    this.#state.rows.partitions.beforeChange = undefined;
  }

  #encode(page: number): Uint8Array {
    const writer = new ByteWriter(4096);
    encodePage(writer, this.#state, page);
    return writer.finish();
  }
}
