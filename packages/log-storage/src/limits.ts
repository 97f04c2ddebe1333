/** Largest payload that one entry may carry, bytes. A commit is one PUT, so this bounds a PUT. */
export const ENTRY_PAYLOAD_BYTES_MAX: number = 8 * 1024 * 1024;
/** Bytes that must wait before an entry goes out behind one that is still on its way. */
export const PIPELINED_ENTRY_BYTES_MIN: number = 256 * 1024;
/** So many that wait are worth an entry however slow the store is: more would save little, and cost throughput. */
export const PIPELINED_ENTRY_BYTES_MAX: number = 2 * 1024 * 1024;
/** Entries wait for others behind one that is on its way for this many median writes, within these bounds, ms. */
export const LINGER_MEDIANS = 0.6;
export const LINGER_MS_MIN = 2;
export const LINGER_MS_MAX = 250;
/** A write is sent a second time after this many median writes, but not before so many ms and samples. */
export const HEDGE_DELAY_MEDIANS = 1.25;
export const HEDGE_DELAY_MS_MIN = 10;
export const HEDGE_SAMPLES_MIN = 6;
/** And not before as long as carrying its bytes again takes over a link of this speed, bytes a ms. */
export const HEDGE_BYTES_PER_MS: number = 16 * 1024;
/** A write without an answer for so long is taken for lost, ms. */
export const STALLED_MS = 2_000;
/** Slowest link over which writes must not be taken for lost, bytes a ms. */
export const SLOW_LINK_BYTES_PER_MS = 1_000;
/** Space between entries while the store asks to slow down: from and to, ms, and what the first success in a row leaves of it. */
export const THROTTLE_DECAY = 0.8;
export const THROTTLE_MS_MIN = 20;
export const THROTTLE_MS_MAX = 1_000;
/** Share of a month's budget of writes that may be spent at any speed. */
export const PUT_BUDGET_BURST_SHARE = 0.02;
/** A single batch may be larger than the target above, but never larger than this, bytes. */
export const BATCH_BYTES_MAX: number = 64 * 1024 * 1024;
/** Header section of an entry, bytes: commands, batch index and inline batches. */
export const ENTRY_HEADER_BYTES_MAX: number = 16 * 1024 * 1024;
/** First read of an entry during replay, bytes; covers the header of nearly every entry. */
export const HEADER_READ_BYTES: number = 64 * 1024;
/** Batches in one entry. */
export const BATCHES_PER_ENTRY_MAX: number = 100_000;
/** Commands in one entry. */
export const COMMANDS_PER_ENTRY_MAX: number = 10_000;
/** Bytes waiting for a commit before further appends are refused. */
export const QUEUE_BYTES_MAX: number = 128 * 1024 * 1024;
/** Entries after which a checkpoint is due; a cold start replays at most about twice as many. */
export const CHECKPOINT_INTERVAL_ENTRIES = 256;
/** It is due sooner when entries keep coming for this long, milliseconds, if there are at least so many. */
export const CHECKPOINT_INTERVAL_MS = 30_000;
export const CHECKPOINT_ENTRIES_MIN = 32;
/**
 * A process that has just become the one to write leaves checkpoints for so long, milliseconds: one is due as a rule, and
 * clients that come from the former owner would wait behind it.
 */
export const CHECKPOINT_REST_MS = 3_000;
/** A checkpoint that writes more than this for each entry since the one before comes less often, but not below the maximum. */
export const CHECKPOINT_BYTES_PER_ENTRY: number = 16 * 1024;
export const CHECKPOINT_INTERVAL_ENTRIES_MAX = 4096;
/** Pages of a checkpoint written at the same time; bounds the pages held in memory. */
export const PAGES_AT_ONCE = 32;
/**
 * Pages, and as many entries behind the checkpoint, that a cold start reads at the same time: so many that a usual tail
 * and the pages of 100,000 partitions are one round trip.
 */
export const COLD_START_READS_AT_ONCE = 512;
/** A read of a cold start is sent again after this many medians of those answered so far, but not before so many ms. */
export const READ_HEDGE_MEDIANS = 1.75;
export const READ_HEDGE_MS_MIN = 20;
/** While fewer than so many, or fewer than half, were answered: not before so many ms. */
export const READ_HEDGE_SAMPLES_MIN = 3;
export const READ_HEDGE_MS_FIRST = 250;
/** Share of the reads that may be sent again, and how many whatever the share: a slow store must not get twice the load. */
export const READ_HEDGES_SHARE = 0.25;
export const READ_HEDGES_MIN = 4;
/** How long a start sends a read again whose failure may pass, ms. */
export const READ_PATIENCE_MS = 20_000;
/** Checkpoints that a start without a pointer tries, newest first. */
export const CHECKPOINTS_TRIED_MAX = 3;
/** How often a pointer is merged with what others wrote to it. */
export const POINTER_SWAPS_MAX = 5;
/** Entries read at the same time while catching up; bounds recovery fan-out. */
export const CATCH_UP_CONCURRENCY = 16;
/** The same for the first of them when somebody said how far they go. */
export const NOTED_ENTRIES_AT_ONCE = 4;
/** Bytes of recent runs kept for readers at the tail. */
export const HOT_CACHE_BYTES: number = 96 * 1024 * 1024;
/** Bytes of older runs kept for readers of history; they never push out recent ones. */
export const COLD_CACHE_BYTES: number = 64 * 1024 * 1024;
/** Runs of one partition that are read from the store at the same time. */
export const RUNS_AT_ONCE_MAX = 64;
/** Ranges of one entry are read together when no more than this lies between them, bytes. */
export const ENTRY_READ_GAP_BYTES_MAX: number = 64 * 1024;
/** Bytes of one such read, unless a single range is larger. */
export const ENTRY_READ_BYTES_MAX: number = 2 * 1024 * 1024;
/** Batches remembered per producer and partition to recognise a retry (Kafka's number). */
export const PRODUCER_BATCHES_REMEMBERED = 5;
/** Producer state without writes is dropped after this time (`producer.id.expiration.ms`). */
export const PRODUCER_EXPIRATION_MS: number = 24 * 60 * 60 * 1000;
/** First and last wait before an unresolved write is sent again, and between looks for foreign entries. */
export const RETRY_BACKOFF_MS_MIN = 50;
export const RETRY_BACKOFF_MS_MAX = 2_000;
/** Shards of one cluster. */
export const SHARDS_MAX = 64;
/** Topics and partitions per shard. */
export const TOPICS_MAX = 100_000;
export const PARTITIONS_PER_TOPIC_MAX = 10_000;
/** How often the conformance probe sends one write before it gives up on a store without answers. */
export const PROBE_ATTEMPTS_MAX = 8;
/**
 * Entries that one writer may have on their way at the same time, whatever is asked for. Keys further behind a gap than
 * this cannot be what a dead writer left: they prove that entries were removed.
 */
export const ENTRIES_IN_FLIGHT_MAX = 16;
/**
 * How old the release of a shard may be, by the clocks of who wrote it and of who claims the shard, for the claim to look
 * at the {@link ENTRIES_IN_FLIGHT_MAX} keys that strays can have instead of listing the log, ms.
 */
export const RELEASE_YOUNG_MS = 60_000;
/** How often a claim goes on after others were first at its key. More than all strays of a dead owner can cost. */
export const CLAIM_ATTEMPTS_MAX = 64;
/** Largest difference between the clock of an owner and that of the store, milliseconds. */
export const CLOCK_SKEW_MS_MAX = 60_000;
/** Looks for an entry that somebody said exists, after which it is believed to be a mistake. */
export const NOTED_TAIL_LOOKS_MAX = 8;
/** Partitions whose state shares one page of a checkpoint. */
export const PARTITIONS_PER_PAGE = 256;
/** Bytes of batches in one pack, unless a single batch is larger. */
export const PACK_BYTES_MAX: number = 64 * 1024 * 1024;
/** A whole pack object: a part that begins below the limit above may end behind it, and the footer follows. */
export const PACK_OBJECT_BYTES_MAX: number = 256 * 1024 * 1024;
/** Merges that a pack may have behind it. */
export const PACK_LEVEL_MAX = 16;
/** Packs and parts that one install may name, and packs that one command may forget. */
export const PACKS_PER_INSTALL_MAX = 256;
export const PARTS_PER_INSTALL_MAX = 100_000;
export const FORGET_PACKS_MAX = 10_000;
/** An install whose inputs were read longer ago than this (log time) changes nothing: its packs may be swept already. */
export const INSTALL_AGE_MS_MAX: number = 12 * 60 * 60 * 1000;
/** While somebody waits for records, an owner looks this often whether it was replaced unnoticed, milliseconds. */
export const OWNER_LOOKS_EVERY_MS = 10_000;
/** Footer of a pack, bytes. */
export const PACK_FOOTER_BYTES_MAX: number = 32 * 1024 * 1024;
/** Bytes of a part between two points of its index. */
export const PACK_INDEX_INTERVAL_BYTES: number = 64 * 1024;
/** Packs are read in blocks of this size, aligned to it, so that readers of neighbouring parts share them, bytes. */
export const PACK_BLOCK_BYTES: number = 1024 * 1024;
/** Blocks of a pack that one GET may read. */
export const PACK_BLOCKS_PER_GET_MAX = 4;
/** Share of the cache of older data that footers of packs may take. */
export const FOOTER_CACHE_SHARE = 0.125;
/** GETs of history on their way at the same time, and how many may wait; reads of the tail are not counted. */
export const COLD_READS_AT_ONCE_MAX = 16;
export const COLD_READS_AHEAD_WAITING_MAX = 64;
/** Bytes of a partition that are read ahead of one reader of history: the first time, and at most. */
export const READ_AHEAD_BYTES_MIN: number = 1024 * 1024;
export const READ_AHEAD_BYTES_MAX: number = 16 * 1024 * 1024;
/** Readers of one partition whose places are remembered to recognise that they read on. */
export const STREAMS_PER_PARTITION_MAX = 16;
/** Entries behind the newest that count as the tail: reads of them never wait behind reads of history. */
export const TAIL_ENTRIES = 64;
/** How often a read is planned anew after what it was going to read turned out to be gone. */
export const STALE_PLANS_MAX = 2;
/**
 * Deletion and belief, in the store's time (`time-rule.ts`): how old a proof may be without another look, and how long
 * an entry stays after the floor has passed it. The second must be longer.
 */
export const SAFE_MS: number = 10 * 60 * 1000;
export const GRACE_MS: number = 60 * 60 * 1000;
/** Keys that one listing shows at most. */
export const LIST_KEYS_MAX = 1000;
