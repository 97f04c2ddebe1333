import type { ObjectStore } from "../../ports/object-store.ts";
import type { FoldedShard } from "./fold-log.ts";
import type { ScrubReport } from "./report.ts";

/** What a look at one kind of objects needs. */
export interface Look {
  readonly store: ObjectStore;
  readonly report: ScrubReport;
  readonly folded: FoldedShard;
  /** Size of every entry and pack that was listed, by key. */
  readonly sizes: Map<string, number>;
}
