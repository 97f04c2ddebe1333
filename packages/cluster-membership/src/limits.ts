/** How long a broker holds a question about its status when nothing changes, milliseconds. */
export const STATUS_WAIT_MS = 1_500;
/** How much longer than that an answer may take before the question counts as failed, milliseconds. */
export const STATUS_GRACE_MS = 1_500;
/** Pause between an answer and the next question, milliseconds: bounds what a busy log costs its followers. */
export const STATUS_PAUSE_MS = 50;
/** The same after a broker has said that it leaves, or that a shard has no owner: a successor should be known at once. */
export const HANDOVER_PAUSE_MS = 5;
/** How often a held question looks whether the log has grown, milliseconds. */
export const STATUS_LOOK_MS = 50;
/** A follower that has folded so many further entries tells the others; see `CANDIDATE_LAG_MAX`. */
export const TAIL_NEWS_ENTRIES = 16;
/** Questions that one broker holds at the same time; further ones are answered at once. */
export const STATUS_HELD_MAX = 1_000;
/** Pause after a refused or failed question, milliseconds. */
export const FAILED_PAUSE_MS = 600;
/** Pause between questions to a broker that is dead, milliseconds. */
export const DEAD_PAUSE_MS = 2_000;
/** Refused connections after which a broker is dead: nobody listens there any more. */
export const REFUSALS_MAX = 2;
/** Silence after which a broker is suspect, and after which it is dead, milliseconds. */
export const SILENCE_SUSPECT_MS = 2_500;
export const SILENCE_DEAD_MS = 5_000;
/** A broker that still owns a shard so long after it said that it leaves, or lost the store, is passed over. */
export const UNFIT_MS_MAX = 2_000;
/** How often a broker reconsiders, milliseconds. */
export const TICK_MS = 250;
/** A tick that comes so much too late means that this process stood still: others were not silent, we were deaf. */
export const STOOD_STILL_MS = 1_500;
/** The second best candidate takes over this much later than the best, the third twice as much, milliseconds. */
export const RANK_DELAY_MS = 1_000;
/** An owner whose process is gone writes nothing more; what it had on its way has shown by then, milliseconds. */
export const QUIET_AFTER_REFUSAL_MS = 500;
/** An owner that is merely silent must also have written nothing for so long, milliseconds. */
export const QUIET_AFTER_SILENCE_MS = 2_500;
/** Shortest time between two moves of a shard that nobody needs, milliseconds; a share of it is added by chance. */
export const TENURE_MS_MIN = 30_000;
/** A broker must have been alive for so long before a shard is moved to it, milliseconds. */
export const STABLE_MS_MIN = 10_000;
/** Log entries that a candidate may be behind when a shard is moved to it. */
export const CANDIDATE_LAG_MAX = 64;
/** Each claim from an owner that merely kept silent doubles the patience before the next one, at most this often. */
export const DUELS_MAX = 5;
/** Time without such claims after which patience is as before, milliseconds. */
export const DUEL_MEMORY_MS: number = 5 * 60_000;
/** Pause after a claim that failed or was lost, milliseconds. */
export const CLAIM_PAUSE_MS = 1_000;
/** How often the log is looked at while its owner does not answer, milliseconds. */
export const LOOK_EVERY_MS = 1_000;
/** A graceful stop gives what was accepted so long to be stored, milliseconds; a store that hangs must not hold it. */
export const RELEASE_MS_MAX = 10_000;
/** A graceful stop waits so long for a successor, milliseconds. */
export const SUCCESSOR_WAIT_MS = 3_000;
/** Then it answers so much longer, milliseconds: clients have sent it more before they hear of the successor. */
export const FAREWELL_MS = 500;
/** The registry is read as a whole this often, milliseconds; newcomers make themselves known. */
export const REGISTRY_REFRESH_MS: number = 10 * 60_000;
/** Shortest time between two looks at the registration of one broker, milliseconds. */
export const REGISTRATION_LOOK_MS = 1_000;
/** The registration of a broker that has been dead for so long is removed, milliseconds. */
export const FORGET_AFTER_MS: number = 10 * 60_000;
/** Node ids that are remembered as not registered; strangers may name any. */
export const ABSENT_MAX = 1_000;
/** Largest registration, bytes. */
export const REGISTRATION_BYTES_MAX: number = 16 * 1024;
/** How often joining tries again when another broker was faster. */
export const JOIN_ATTEMPTS_MAX = 32;
/** Questions to a registered broker before its silence is taken for its end, and the pause between them, milliseconds. */
export const PROBE_ATTEMPTS = 3;
export const PROBE_TIMEOUT_MS = 1_500;
