/** Groups that one coordinator keeps active at a time. */
export const ACTIVE_GROUPS_MAX = 50_000;
/** Members of a group, whatever `group.max.size` says. */
export const GROUP_MEMBERS_MAX = 2_000;
/** Member ids of a group that were handed out and not used yet. */
export const PENDING_MEMBERS_MAX = 2_000;
/** Protocols one member may offer. */
export const PROTOCOLS_PER_MEMBER_MAX = 100;
/** Metadata of one member over all its protocols, bytes. */
export const MEMBER_METADATA_BYTES_MAX: number = 1024 * 1024;
/** Assignments of one generation, bytes. */
export const ASSIGNMENT_BYTES_MAX: number = 8 * 1024 * 1024;
/** Appends of one group that may be on their way to the log; later commits are asked to come again. */
export const WRITES_IN_FLIGHT_MAX = 10_000;
/** Committed offsets over all groups; above it, commits are asked to come again. */
export const COMMITTED_OFFSETS_MAX = 2_000_000;
/** Offsets one request may commit. */
export const OFFSETS_PER_COMMIT_MAX = 100_000;
/** Time a new member may wait for its first generation before it is taken for gone, milliseconds (Kafka's bound). */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;
