import { concatBytes, seededRandom } from "@streambed/kernel";
import { expect, test } from "vitest";
import { FrameSplitter } from "./frame-splitter.ts";

function framed(body: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setInt32(0, body.length);
  return concatBytes([prefix, body]);
}

test("frames come out whole, however the stream was cut", () => {
  const random = seededRandom(7);
  const bodies = [0, 1, 3, 4, 5, 100, 70_000, 0, 2].map((length) => random.bytes(length));
  const stream = concatBytes(bodies.map(framed));
  for (const step of [1, 2, 3, 5, 1000, stream.length]) {
    const splitter = new FrameSplitter(100_000);
    const frames: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += step) frames.push(...splitter.push(stream.subarray(at, at + step)));
    expect(frames, `cut every ${step} bytes`).toEqual(bodies);
  }
});

test.each([-1, 101, 0x48545450])("a frame of %i bytes is refused before its bytes arrive", (length) => {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setInt32(0, length);
  expect(() => new FrameSplitter(100).push(prefix)).toThrow(expect.objectContaining({ code: "FRAME_TOO_LARGE" }));
});
