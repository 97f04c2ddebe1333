/**
 * Rules that keep the log correct, each of which can be switched off. They exist only so that the simulator can prove
 * that each is needed: without it, it finds lost, doubled or reordered records. Nothing else may ever set one to false.
 */
export interface Guards {
  /** A taken key is settled by comparing entry ids. Without: a 412 means lost, though the entry may be ours. */
  readonly compareEntryIds: boolean;
  /** A payload stays with its key until the store has answered. Without: a time-out is a failure and it moves on. */
  readonly resolveBeforeMoving: boolean;
  /** Proposals are answered in the order of the log. Without: as soon as their own write has returned. */
  readonly ackInOrder: boolean;
  /** A write that succeeded long after the last look at the floor is not believed. */
  readonly checkTimeAfterPut: boolean;
  /** So is an entry that was read, or found missing. */
  readonly checkTimeAfterRead: boolean;
  /** Keys below the floor are deleted only after a grace period. */
  readonly graceBeforeDelete: boolean;
  /** The grace period counts from the publication of the floor. Without: from the age of the object. */
  readonly graceFromFloor: boolean;
  /** An entry of an old epoch, or behind another than the last valid one, is void. */
  readonly chainRule: boolean;
  /** The fold checks sequence numbers again. Without: it trusts the writer. */
  readonly revalidate: boolean;
}

/** All protections on. */
export const ALL_GUARDS: Guards = {
  compareEntryIds: true,
  resolveBeforeMoving: true,
  ackInOrder: true,
  checkTimeAfterPut: true,
  checkTimeAfterRead: true,
  graceBeforeDelete: true,
  graceFromFloor: true,
  chainRule: true,
  revalidate: true,
};
