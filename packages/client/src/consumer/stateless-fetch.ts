import { FETCH } from "../apis/reader-apis.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { FetchOptions, FetchResult } from "../consumer-types.ts";
import { FETCH_LANES_MAX } from "../limits.ts";
import { bounded, milliseconds } from "../settings.ts";
import type { Record } from "../types.ts";
import { fetchCall, fetchOutcome } from "./fetch-request.ts";
import { RecordStream } from "./record-stream.ts";

const MAX_BYTES = 1_048_576;
const INT_MAX = 2_147_483_647;

/** Reads without a consumer. Reads that wait for data go on different connections, so they do not wait for each other. */
export class StatelessFetcher {
  readonly #cluster: Cluster;
  /** Fetches under way on each lane. */
  readonly #lanes: number[] = Array.from({ length: FETCH_LANES_MAX }, () => 0);

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async fetch(options: FetchOptions): Promise<FetchResult> {
    const cluster = this.#cluster;
    const { topic, partition, offset, signal, isolationLevel = "read_uncommitted" } = options;
    const maxBytes = bounded("maxBytes", options.maxBytes ?? MAX_BYTES, { min: 1, max: INT_MAX });
    const maxWaitMs = milliseconds("maxWaitMs", options.maxWaitMs, 500);
    const minBytes = bounded("minBytes", options.minBytes ?? 1, { min: 0, max: INT_MAX });
    const item = { topic, partition, offset, maxBytes };
    const lane = this.#quietestLane();
    this.#lanes[lane] = (this.#lanes[lane] ?? 0) + 1;
    try {
      const { requestTimeoutMs, defaultApiTimeoutMs } = cluster.settings;
      const limit = { timeoutMs: defaultApiTimeoutMs + maxWaitMs, signal };
      return await cluster.retrying(`Fetch from ${topic}-${partition}`, limit, async () => {
        const leader = await cluster.leader(item, signal);
        const connection = await cluster.connection({ leader: leader.nodeId }, `fetch-${lane}`, signal);
        const { body, maxVersion } = fetchCall(
          [item],
          { maxWaitMs, minBytes, maxBytes, isolationLevel },
          cluster.metadata,
        );
        const request = { timeoutMs: requestTimeoutMs + maxWaitMs, signal, maxVersion };
        const response = await connection.request(FETCH, body, request);
        const outcome = fetchOutcome(item, response, { metadata: cluster.metadata, isolationLevel });
        if (!outcome.ok) {
          if (!outcome.leaderKnown) cluster.noteFailure({ leaderOf: item }, outcome.error);
          throw outcome.error;
        }
        const { fetched, highWatermark, lastStableOffset, logStartOffset } = outcome;
        const stream = new RecordStream(fetched, { codecs: cluster.settings.codecs, checkCrcs: true });
        const records: Record[] = [];
        stream.take(records, { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY });
        return { records, nextOffset: stream.nextOffset, highWatermark, lastStableOffset, logStartOffset };
      });
    } finally {
      this.#lanes[lane] = (this.#lanes[lane] ?? 1) - 1;
    }
  }

  #quietestLane(): number {
    let best = 0;
    for (const [lane, load] of this.#lanes.entries()) if (load < (this.#lanes[best] ?? 0)) best = lane;
    return best;
  }
}
