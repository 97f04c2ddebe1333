import { ByteReader, ByteWriter } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import golden from "../test-data/golden-messages.json" with { type: "json" };
import * as protocol from "./index.ts";

type Decode = (reader: ByteReader, version: number) => object;
type Encode = (writer: ByteWriter, value: object, version: number) => void;

// Generated functions are looked up by name here, which no type can follow.
const functions = protocol as unknown as Readonly<Record<string, unknown>>;

describe("messages written by Kafka's own classes", () => {
  const byName = Map.groupBy(golden as [string, number, string][], ([name]) => name);
  it.each([...byName.keys()])("%s is read to its end and written back identically", (name) => {
    const decode = functions[`decode${name}`] as Decode;
    const encode = functions[`encode${name}`] as Encode;
    for (const [, version, text] of byName.get(name) ?? []) {
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const reader = new ByteReader(bytes);
      const value = decode(reader, version);
      expect(reader.remaining, `${name} v${version}`).toBe(0);
      const writer = new ByteWriter();
      encode(writer, value, version);
      expect(writer.finish(), `${name} v${version}`).toEqual(bytes);
    }
  });
});
