/** Longest key, bytes, as on S3. */
export const KEY_BYTES_MAX = 1_024;

/** Longest part of a key between two slashes, bytes after escaping: what file systems take as one name. */
export const NAME_BYTES_MAX = 255;

/** Most keys in one page of a list, as on S3. */
export const KEYS_PER_LIST_MAX = 1_000;

/** Most keys in one delete, as on S3. */
export const KEYS_PER_DELETE_MAX = 1_000;

/** Files kept open for further ranges. Far below the 1,024 descriptors that many systems give a process. */
export const OPEN_FILES_MAX = 64;

/** Directories whose sorted names are kept for the next page of a list. */
export const LISTED_DIRECTORIES_MAX = 4;

/** File operations of one list or delete that run at the same time. */
export const PARALLEL_OPERATIONS_MAX = 32;

/** How often a put starts over because another process changed the same key or removed its empty directory. */
export const PUT_ATTEMPTS_MAX = 32;

/** A temporary file older than this belongs to no running put, whoever made it, milliseconds. */
export const TEMP_FILE_AGE_MS_MAX: number = 10 * 60_000;

/** Files made ahead of the puts that will need them: about as many as entries of a log are on their way together. */
export const READY_FILES = 3;

/** A folder that nobody has put anything into for so long has no files ready, milliseconds. */
export const READY_FILES_REST_MS = 1_000;

/** One that waited longer is not used, milliseconds: far below the age at which another process may remove it. */
export const READY_FILE_AGE_MS_MAX: number = TEMP_FILE_AGE_MS_MAX / 10;

/** Age from which on a swap that another process began is finished by the next one that wants the same, milliseconds. */
export const FINISH_OTHERS_AFTER_MS = 1_000;

/** The times of files advance in ticks of this length at the most, milliseconds. */
export const CLOCK_TICK_MS_MAX = 20;

/** Unbuffered writes are padded to this, bytes: a multiple of the sectors of all disks, and a block of most file systems. */
export const UNBUFFERED_BLOCK_BYTES = 4_096;

/** Largest body written unbuffered, bytes. Larger ones take long enough that a second commit does not matter. */
export const UNBUFFERED_BYTES_MAX: number = 8.5 * 1024 * 1024;

/** Smallest buffer for unbuffered writes, bytes; it doubles when more is needed. */
export const UNBUFFERED_BUFFER_BYTES_MIN: number = 256 * 1024;

/** Unbuffered writes at the same time. With {@link UNBUFFERED_BYTES_MAX} this bounds their memory. */
export const UNBUFFERED_BUFFERS_MAX = 4;

/** Larger bodies, bytes, are packs and their like, for which nobody waits; up to here they may be entries of a log. */
export const WHOLE_BYTES_MAX: number = UNBUFFERED_BYTES_MAX;

/** Such a body is fsynced after each so many bytes, so that the fsync of an entry never waits for more. */
export const SLICE_BYTES: number = 1024 * 1024;

/** Chunks that one call of the system takes (Linux's IOV_MAX). Of more, each further call would wait for the disk again. */
export const CHUNKS_PER_WRITE_MAX = 1_024;
