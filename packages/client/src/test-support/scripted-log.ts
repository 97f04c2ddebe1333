import { decodeBatchHeader, patchBaseOffset, splitBatches } from "@streambed/protocol";

/** Outcome of an append, as Kafka's error code. */
export interface Appended {
  readonly errorCode: number;
  readonly baseOffset: number;
}

const OUT_OF_ORDER = 45;

/** A partition of the scripted broker: keeps batches and checks sequence numbers as Kafka does. */
export class ScriptedLog {
  leader: number;
  leaderEpoch: number = 0;
  readonly batches: Uint8Array[] = [];
  endOffset: number = 0;
  readonly #producers = new Map<number, { epoch: number; last: number; recent: { base: number; offset: number }[] }>();

  constructor(leader: number) {
    this.leader = leader;
  }

  append(bytes: Uint8Array): Appended {
    const batch = bytes.slice();
    const header = decodeBatchHeader(batch);
    const known = this.#producers.get(header.producerId);
    if (header.producerId >= 0) {
      const same = known?.epoch === header.producerEpoch;
      const duplicate = same ? known.recent.find(({ base }) => base === header.baseSequence) : undefined;
      if (duplicate !== undefined) return { errorCode: 0, baseOffset: duplicate.offset };
      const expected = known === undefined ? header.baseSequence : same ? known.last + 1 : 0;
      if (header.baseSequence !== expected) return { errorCode: OUT_OF_ORDER, baseOffset: -1 };
      const recent = same ? known.recent : [];
      this.#producers.set(header.producerId, {
        epoch: header.producerEpoch,
        last: header.baseSequence + header.recordCount - 1,
        recent: [...recent, { base: header.baseSequence, offset: this.endOffset }].slice(-5),
      });
    }
    const baseOffset = this.endOffset;
    patchBaseOffset(batch, baseOffset);
    this.batches.push(batch);
    this.endOffset += header.recordCount;
    return { errorCode: 0, baseOffset };
  }

  /** Bytes from the batch that contains the offset. */
  read(offset: number): Uint8Array {
    const wanted = this.batches.filter((batch) => decodeBatchHeader(batch).lastOffset >= offset);
    const joined = new Uint8Array(wanted.reduce((total, batch) => total + batch.length, 0));
    let at = 0;
    for (const batch of wanted) {
      joined.set(batch, at);
      at += batch.length;
    }
    return joined;
  }

  /** Appends everything in the bytes. */
  appendAll(bytes: Uint8Array): void {
    for (const batch of splitBatches(bytes).batches) this.append(batch);
  }
}
