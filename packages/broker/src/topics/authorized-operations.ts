/** "Not asked for": authorized operations (KIP-430). */
export const NOT_REQUESTED = -2_147_483_648;
/** create, alter, describe, cluster action, describe configs, alter configs, idempotent write; all but ACLs are open. */
export const ALL_CLUSTER_OPERATIONS: number = [5, 7, 8, 9, 10, 11, 12].reduce(
  (bits, operation) => bits | (1 << operation),
  0,
);
