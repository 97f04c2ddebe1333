import { ByteReader, ByteWriter, crc32c } from "@streambed/kernel";
import type { StateModule } from "@streambed/log-storage";

/** Internal topic whose batches the module sees. */
export const INLINE_TOPIC = "__inline";
/** Topic of which only the last value of each key must stay. */
export const COMPACTED_TOPIC = "compacted";

/** State that is folded along, as committed offsets are: a checksum over everything it was shown, in order. */
export function countingModule(): StateModule & { readonly seen: number; readonly checksum: number } {
  const state = { seen: 0, checksum: 0 };
  return {
    name: "counting",
    get seen() {
      return state.seen;
    },
    get checksum() {
      return state.checksum;
    },
    apply({ partition, baseOffset, bytes }) {
      state.seen++;
      // Bytes from the checksum on: what precedes it is stamped by readers.
      state.checksum = crc32c(bytes.subarray(17), (state.checksum ^ partition ^ baseOffset) >>> 0);
    },
    topicDeleted({ name }) {
      state.checksum = crc32c(new TextEncoder().encode(name), state.checksum);
    },
    snapshot() {
      const writer = new ByteWriter();
      writer.safeInt64(state.seen);
      writer.safeInt64(state.checksum);
      return writer.finish();
    },
    restore(bytes) {
      const reader = new ByteReader(bytes);
      state.seen = reader.safeInt64();
      state.checksum = reader.safeInt64();
    },
  };
}
