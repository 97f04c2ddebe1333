import { expect, test } from "vitest";
import type { ShardAnswer } from "./shapes.ts";
import { shardTransport } from "./shard-transport.ts";

const reply = { expectReply: true };

async function connectTo(request: (frame: Uint8Array) => Promise<ShardAnswer>) {
  return shardTransport({ getByName: () => ({ request }) }).connect({ host: "shard-0", port: 9092 });
}

test("the host of an address is the name of the shard, and chunks arrive as one frame", async () => {
  const seen: unknown[] = [];
  const transport = shardTransport({
    getByName: (name) => ({
      request(frame) {
        seen.push([name, ...frame]);
        return Promise.resolve({ kind: "reply", frame });
      },
    }),
  });
  const connection = await transport.connect({ host: "shard-7", port: 9092 });
  expect(await connection.send([new Uint8Array([1]), new Uint8Array([2, 3])], reply)).toEqual(
    new Uint8Array([1, 2, 3]),
  );
  expect(seen).toEqual([["shard-7", 1, 2, 3]]);
});

test("answers come in the order of their requests", async () => {
  const first = Promise.withResolvers<ShardAnswer>();
  const answers = [first.promise, Promise.resolve({ kind: "reply", frame: new Uint8Array([2]) } as const)];
  const connection = await connectTo(() => answers.shift() ?? Promise.reject(new Error("no more")));
  const order: string[] = [];
  const sending = [
    connection.send([], reply).then(() => order.push("first")),
    connection.send([], reply).then(() => order.push("second")),
  ];
  first.resolve({ kind: "reply", frame: new Uint8Array([1]) });
  await Promise.all(sending);
  expect(order).toEqual(["first", "second"]);
});

test("acks=0 has an empty answer", async () => {
  const connection = await connectTo(() => Promise.resolve({ kind: "no-reply" }));
  expect(await connection.send([], { expectReply: false })).toEqual(new Uint8Array(0));
});

test.each([
  ["says so", () => Promise.resolve<ShardAnswer>({ kind: "close", reason: "evicted" })],
  ["fails", () => Promise.reject<ShardAnswer>(new Error("evicted"))],
])("a shard that %s ends the connection, for requests under way and later ones", async (_, request) => {
  const connection = await connectTo(request);
  const closed = { kind: "unavailable", code: "CONNECTION_CLOSED", message: expect.stringContaining("evicted") };
  const sending = [connection.send([], reply), connection.send([], reply)];
  for (const result of await Promise.allSettled(sending)) expect(result).toMatchObject({ reason: closed });
  await connection.closed;
  await expect(connection.send([], reply)).rejects.toMatchObject(closed);
});

test("a signal ends the wait, and the connection goes on", async () => {
  const connection = await connectTo(() => Promise.resolve({ kind: "reply", frame: new Uint8Array(0) }));
  const control = new AbortController();
  control.abort(new Error("enough"));
  await expect(connection.send([], { ...reply, signal: control.signal })).rejects.toThrow("enough");
  expect(await connection.send([], reply)).toEqual(new Uint8Array(0));
});
