import { expect, test } from "vitest";
import { joinNeighbours } from "./socket-write.ts";

test("chunks that lie behind one another in memory leave as one; order and bytes stay", () => {
  const memory = Uint8Array.from({ length: 100 }, (_, at) => at);
  const other = Uint8Array.of(200, 201);
  const chunks = [
    memory.subarray(10, 20),
    memory.subarray(20, 25),
    memory.subarray(25, 30),
    other,
    memory.subarray(30, 40),
    memory.subarray(41, 50),
    memory.subarray(0, 10),
    memory.subarray(10, 12),
  ];
  const joined = joinNeighbours(chunks);
  expect(joined.map(({ length }) => length)).toEqual([20, 2, 10, 9, 12]);
  expect(Buffer.concat([...joined])).toEqual(Buffer.concat(chunks));
  expect(joined[1]).toBe(other);
});

test("without neighbours nothing changes", () => {
  const chunks = [new Uint8Array(3), new Uint8Array(0), new Uint8Array(5)];
  expect(joinNeighbours(chunks)).toEqual(chunks);
  expect(joinNeighbours([])).toEqual([]);
});
