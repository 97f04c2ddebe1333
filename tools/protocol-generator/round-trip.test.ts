import { ByteReader, ByteWriter, seededRandom, uuidFromBytes } from "@streambed/kernel";
import * as protocol from "@streambed/protocol";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMessage, type Field, type Message } from "./schema.ts";
import { intersect } from "./version-range.ts";

const MESSAGES = new URL("messages/", import.meta.url);
const ROUNDS = 4;
const random = seededRandom(5);
const below = (bound: number): number => Math.floor(random.fraction() * bound);

type Decode = (reader: ByteReader, version: number) => object;
type Encode = (writer: ByteWriter, value: object, version: number) => void;
// Generated functions are looked up by name here, which no type can follow.
const functions = protocol as unknown as Readonly<Record<string, unknown>>;

const PRIMITIVES: Readonly<Record<string, () => unknown>> = {
  bool: () => below(2) === 1,
  int8: () => below(256) - 128,
  int16: () => below(65_536) - 32_768,
  uint16: () => below(65_536),
  int32: () => below(2 ** 32) - 2 ** 31,
  uint32: () => below(2 ** 32),
  int64: () => BigInt.asIntN(64, (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))),
  float64: () => random.fraction() * 1e9,
  uuid: () => uuidFromBytes(random.bytes(16)),
  string: () => Array.from({ length: below(9) }, () => "aZ09-_.ü€😀"[below(9)] ?? "").join(""),
  bytes: () => random.bytes(below(9)),
  records: () => [random.bytes(below(2000))],
};

function randomStruct(message: Message, name: string, version: number): Record<string, unknown> {
  const struct = message.structs.find((candidate) => candidate.name === name);
  const value: Record<string, unknown> = {};
  const at = { from: version, to: version };
  for (const field of struct?.fields ?? []) {
    const isTagged = intersect(field.tagged, at) !== null;
    if (intersect(field.plain, at) === null && !isTagged) continue;
    if (isTagged && below(3) === 0) continue;
    value[field.name] = randomField(message, field, version);
  }
  return value;
}

function randomField(message: Message, field: Field, version: number): unknown {
  const canBeNull = intersect(field.nullable, { from: version, to: version }) !== null;
  if (canBeNull && below(4) === 0) return null;
  const one = (): unknown => (field.isStruct ? randomStruct(message, field.type, version) : PRIMITIVES[field.type]?.());
  return field.isArray ? Array.from({ length: below(4) }, one) : one();
}

const messages = ["clients", "group-coordinator", "transaction-coordinator"].flatMap((folder) =>
  readdirSync(new URL(folder, MESSAGES)).map((file) =>
    parseMessage(readFileSync(new URL(`${folder}/${file}`, MESSAGES), "utf8")),
  ),
);

describe("every message, in every version, with random values", () => {
  it.each(messages.map((message) => [message.name, message] as const))("%s", (name, message) => {
    const decode = functions[`decode${name}`] as Decode;
    const encode = functions[`encode${name}`] as Encode;
    for (let version = message.versions.from; version <= message.versions.to; version++) {
      for (let round = 0; round < ROUNDS; round++) {
        const value = randomStruct(message, name, version);
        const first = new ByteWriter();
        encode(first, value, version);
        const bytes = first.finish();
        const reader = new ByteReader(bytes);
        const decoded = decode(reader, version);
        expect(reader.remaining, `${name} v${version}`).toBe(0);
        expect(decoded, `${name} v${version}`).toMatchObject(value);
        const second = new ByteWriter();
        encode(second, decoded, version);
        expect(second.finish(), `${name} v${version}`).toEqual(bytes);
      }
    }
  });
});
