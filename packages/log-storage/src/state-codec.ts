import { malformed, utf8 } from "@streambed/kernel";
import type { ByteReader, ByteWriter } from "@streambed/kernel";
import type { LogState } from "./log-state.ts";
import { encodePage } from "./page-codec.ts";
import type { RowSumValue } from "./row-sum.ts";

/*
 * The part of a checkpoint root that holds the fold, without its topics and partitions, which live in pages. Maps keep
 * their order, so equal folds give equal bytes.
 */

const MODULES_MAX = 1_000;
const PACK_BYTES_MIN = 21;
const RETIRED_BYTES_MIN = 20;

function writeText(writer: ByteWriter, text: string): void {
  const bytes = utf8(text);
  writer.unsignedVarint(bytes.length);
  writer.bytes(bytes);
}

/** Writes the whole state: what a root holds, then every page. Equal states give equal bytes. */
export function encodeState(writer: ByteWriter, state: LogState): void {
  encodeRootState(writer, state);
  for (const page of state.rows.partitions.usedPages()) encodePage(writer, state, page);
}

/** Writes what a root holds of the fold's state. */
export function encodeRootState(writer: ByteWriter, state: LogState): void {
  writer.safeInt64(state.seq);
  writer.int32(state.epoch);
  writer.boolean(state.owner !== undefined);
  if (state.owner !== undefined) {
    writer.uuid(state.owner.writerId);
    writer.int32(state.owner.nodeId);
  }
  writer.uuid(state.lastEntryId);
  writer.safeInt64(state.timestampMs);
  writer.safeInt64(state.nextProducerId);
  const { low, high } = state.rows.sum.value;
  writer.uint32(low);
  writer.uint32(high);
  writePacks(writer, state);
  writer.unsignedVarint(state.modules.length);
  for (const module of state.modules) {
    const bytes = module.snapshot();
    writeText(writer, module.name);
    writer.unsignedVarint(bytes.length);
    writer.bytes(bytes);
  }
}

/** Live parts are not written: they are counted over the rows. */
function writePacks(writer: ByteWriter, state: LogState): void {
  writer.varlong(state.rows.packs.nextNumber);
  writer.unsignedVarint(state.packs.size);
  for (const pack of state.packs.values()) {
    writer.varlong(pack.number);
    writer.uuid(pack.packId);
    writer.unsignedVarint(pack.level);
    writer.unsignedVarint(pack.bytes);
    writer.unsignedVarint(pack.footerPosition);
    writer.unsignedVarint(pack.retentionClass);
  }
  writer.unsignedVarint(state.retiredPacks.size);
  for (const pack of state.retiredPacks.values()) {
    writer.varlong(pack.number);
    writer.uuid(pack.packId);
    writer.unsignedVarint(pack.level);
    writer.varlong(pack.retiredSeq);
    writer.varlong(pack.retiredMs);
  }
}

/**
 * Fills an empty state from a root; pages follow. A module without a part in it keeps its initial state. Returns the
 * checksum that the rows of all pages must have.
 */
export function restoreRootState(reader: ByteReader, state: LogState): RowSumValue {
  state.seq = reader.safeInt64();
  state.epoch = reader.int32();
  state.owner = reader.boolean() ? { writerId: reader.uuid(), nodeId: reader.int32() } : undefined;
  state.lastEntryId = reader.uuid();
  state.timestampMs = reader.safeInt64();
  state.nextProducerId = reader.safeInt64();
  const sum = { low: reader.uint32(), high: reader.uint32() };
  readPacks(reader, state);
  const modules = count(reader, MODULES_MAX);
  for (let index = 0; index < modules; index++) {
    const name = reader.text(reader.unsignedVarint());
    const bytes = reader.take(reader.unsignedVarint());
    state.modules.find((module) => module.name === name)?.restore(bytes);
  }
  return sum;
}

function readPacks(reader: ByteReader, state: LogState): void {
  const { packs } = state.rows;
  packs.nextNumber = reader.varlong();
  const live = count(reader, reader.remaining / PACK_BYTES_MIN);
  for (let index = 0; index < live; index++) {
    packs.restore({
      number: reader.varlong(),
      packId: reader.uuid(),
      level: reader.unsignedVarint(),
      bytes: reader.unsignedVarint(),
      footerPosition: reader.unsignedVarint(),
      retentionClass: reader.unsignedVarint(),
      liveParts: 0,
    });
  }
  const retired = count(reader, reader.remaining / RETIRED_BYTES_MIN);
  for (let index = 0; index < retired; index++) {
    packs.restoreRetired({
      number: reader.varlong(),
      packId: reader.uuid(),
      level: reader.unsignedVarint(),
      retiredSeq: reader.varlong(),
      retiredMs: reader.varlong(),
    });
  }
}

/** Throws `MALFORMED_BYTES` unless the pages that were loaded hold exactly the rows that the root was written with. */
export function assertComplete(state: LogState, expected: RowSumValue): void {
  const { low, high } = state.rows.sum.value;
  if (low !== expected.low || high !== expected.high)
    throw malformed("The pages of a checkpoint lack rows of its root");
  for (const pack of state.packs.values())
    if (pack.liveParts === 0) throw malformed(`A checkpoint lists pack ${pack.number}, in which no row lies`);
}

function count(reader: ByteReader, max: number): number {
  const value = reader.unsignedVarint();
  if (value > max) throw malformed(`A checkpoint claims ${value} items where at most ${Math.floor(max)} can be`);
  return value;
}
