/** Answer of {@link LogStore.create}. `taken`: another entry has this number; nothing was written by this call. */
export type CreateResult =
  | { readonly outcome: "created"; readonly storeTimeMs: number }
  | { readonly outcome: "taken"; readonly storeTimeMs: number };

/** Answer of {@link LogStore.read}. `size` is the size of the whole entry. */
export type ReadResult =
  | { readonly found: true; readonly bytes: Uint8Array; readonly size: number; readonly storeTimeMs: number }
  | { readonly found: false; readonly storeTimeMs: number };

/** Part of an entry, bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Numbered entries of one shard, each created at most once. First implementation: keys on an `ObjectStore`;
 * second: rows of a Durable Object's SQLite. Errors are those of `ObjectStore`.
 */
export interface LogStore {
  /** Creates entry `seq`; durable once it resolves. */
  create(seq: number, body: readonly Uint8Array[], signal?: AbortSignal): Promise<CreateResult>;
  read(seq: number, range?: ByteRange): Promise<ReadResult>;
  /** Numbers of existing entries above `after`, ascending, at most 1,000. */
  list(after: number): Promise<{ readonly seqs: readonly number[]; readonly storeTimeMs: number }>;
  /** Deletes entries up to and including `floor`. Callers obey the grace rule. */
  trim(floor: number): Promise<void>;
}
