/** A batch that was just committed to an internal topic. */
export interface ModuleBatch {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  /** The v2 record batch as it was written. */
  readonly bytes: Uint8Array;
}

/**
 * State that is part of the fold but belongs to another engine, such as committed offsets. It sees every batch of the
 * internal topics in commit order. It must be deterministic: no time, no randomness, no I/O.
 */
export interface StateModule {
  /** Names its part of a checkpoint; never changes. */
  readonly name: string;
  apply(batch: ModuleBatch): void;
  topicDeleted(topic: { readonly name: string; readonly topicId: string }): void;
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): void;
}
