/** What a member needs of a shard's log; a `ShardLog` in "owned" mode has this shape. */
export interface ShardHandle {
  readonly ownership: {
    readonly epoch: number;
    readonly owner: { readonly nodeId: number } | undefined;
    readonly isOurs: boolean;
    readonly tailSeq: number;
    readonly lastEntryElapsedMs: number;
  };
  claim(): Promise<"claimed" | "lost">;
  release(): Promise<void>;
  verifyTail(): Promise<void>;
  noteTail(seq: number): void;
  onOwnershipChange(listener: () => void): () => void;
}
