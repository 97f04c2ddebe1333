import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { FrameWriter, type RecordContent } from "./frames.ts";

/**
 * The records of a round trip. Binary for every client that can carry any byte; text (UTF-8 without tabs and line ends)
 * for the console producer, which reads lines.
 */
export type Flavour = "binary" | "text";

const KEYS = 1000;
/** Every so many records one has a null value, as a compacted topic would see. */
const TOMBSTONE_EVERY = 499;

/** The same records for the same arguments, on every machine. About 160 bytes each, compressible like real payloads. */
export function* dataSet(flavour: Flavour, records: number): Generator<RecordContent> {
  const random = lcg(flavour === "binary" ? 1 : 2);
  for (let index = 0; index < records; index += 1) {
    const key = Buffer.from(`κ-${random() % KEYS}`, "utf8");
    const fresh = noise(flavour, `${flavour} ${index}`);
    const length = 20 + (random() % 280);
    // Half noise, half repetition: a codec that fails to compress or to expand shows either way.
    const value = index % TOMBSTONE_EVERY === 0 ? null : repeated(fresh, length, flavour);
    const raw = headerSafe(fresh.subarray(0, 6));
    yield {
      key,
      value,
      headers: [
        ["n", Buffer.from(String(index))],
        ["raw", raw],
      ],
    };
  }
}

/** Numerical Recipes' linear congruential generator; the upper bits, the lower ones cycle quickly. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

function noise(flavour: Flavour, seed: string): Buffer {
  const bytes = createHash("sha512").update(seed).digest();
  return flavour === "binary" ? bytes : Buffer.from(`${bytes.toString("base64")} ü€😀`, "utf8");
}

function repeated(fresh: Buffer, length: number, flavour: Flavour): Buffer {
  // Text is cut only where a character ends, so that no tool has to replace half of one.
  if (flavour === "text") return Buffer.concat(Array.from({ length: 1 + Math.floor(length / 100) }, () => fresh));
  return Buffer.alloc(length, fresh);
}

/** Header values go through tools that print `name=value,name=value`: those separators and NUL are left out. */
function headerSafe(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte < 0x30 || byte === 0x3d || byte === 0x3a ? byte + 0x40 : byte)));
}

export interface KeyChain {
  count: number;
  chain: number;
}

/** What every reader must find per key (hex), whatever the partitioner did. */
export function expectedChains(
  records: readonly RecordContent[],
  topic: string,
  headers: "all" | "constant",
): Map<string, KeyChain> {
  const label: RecordContent["headers"][number] = ["set", Buffer.from(topic, "utf8")];
  const frame = new FrameWriter();
  const chains = new Map<string, KeyChain>();
  for (const record of records) {
    const carried = headers === "all" ? [label, ...record.headers] : [label];
    const content = frame
      .reset()
      .record({ ...record, headers: carried })
      .view();
    const key = (record.key ?? Buffer.alloc(0)).toString("latin1");
    const known = chains.get(key) ?? { count: 0, chain: 0 };
    known.count += 1;
    known.chain = crc32(content, known.chain);
    chains.set(key, known);
  }
  return new Map([...chains].map(([key, chain]) => [Buffer.from(key, "latin1").toString("hex"), chain]));
}
