/** Most keys in one page of a list. */
export const KEYS_PER_LIST_MAX = 1_000;

/** Most keys in one delete. */
export const KEYS_PER_DELETE_MAX = 1_000;
