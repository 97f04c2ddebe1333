import type { MetricSpec } from "./catalog.ts";

/** What is done in the background to what was written before. */
export const HOUSEKEEPING_METRICS: readonly MetricSpec[] = [
  { name: "streambed_housekeeping_packs_total", kind: "counter", help: "Packs written." },
  { name: "streambed_housekeeping_pack_bytes_total", kind: "counter", help: "Bytes of packs written." },
  {
    name: "streambed_housekeeping_expired_bytes_total",
    kind: "counter",
    help: "Bytes of batches that retention took out of topics.",
  },
  {
    name: "streambed_housekeeping_compacted_records_total",
    kind: "counter",
    help: "Records that the compaction of topics removed.",
  },
  {
    name: "streambed_housekeeping_deleted_packs_total",
    kind: "counter",
    help: "Packs deleted because nothing refers to them any more.",
  },
  {
    name: "streambed_housekeeping_deleted_checkpoint_objects_total",
    kind: "counter",
    help: "Objects of old checkpoints deleted.",
  },
  {
    name: "streambed_housekeeping_swept_objects_total",
    kind: "counter",
    help: "Orphans deleted: objects that nothing ever referred to.",
  },
];
