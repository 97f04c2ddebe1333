import type { ByteDuplex } from "@streambed/broker";
import { concatBytes, fromUtf8, utf8 } from "@streambed/kernel";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { FrameSplitter } from "@streambed/protocol";
import { listenKafka, type Listening } from "./listen-kafka.ts";
import { tcpTransport } from "./tcp-transport.ts";

async function listen(onConnection: (duplex: ByteDuplex) => Promise<void>, host = "127.0.0.1"): Promise<Listening> {
  const door = await listenKafka({ host, port: 0, portFlag: "--kafka-port", onConnection });
  onTestFinished(() => door.close());
  return door;
}

/** Answers every frame with the same bytes. */
async function echo(duplex: ByteDuplex): Promise<void> {
  const splitter = new FrameSplitter(64_000_000);
  for await (const bytes of duplex.incoming) {
    for (const frame of splitter.push(bytes)) await duplex.write([prefix(frame.length), frame]);
  }
}

function prefix(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

test("overlapping requests get their answers in order", async () => {
  const door = await listen(echo);
  const connection = await tcpTransport().connect({ host: "127.0.0.1", port: door.port });
  const asked = Array.from({ length: 200 }, (_, at) => `request ${at}`);
  const answers = asked.map((text) => connection.send([utf8(text)], { expectReply: true }));
  expect((await Promise.all(answers)).map(fromUtf8)).toEqual(asked);
  connection.close();
  await connection.closed;
});

test("ten megabytes pass through both ways unchanged", async () => {
  const door = await listen(echo);
  const connection = await tcpTransport().connect({ host: "127.0.0.1", port: door.port });
  const chunks = Array.from({ length: 10 }, (_, at) => new Uint8Array(1_000_000).fill(at));
  const answer = await connection.send(chunks, { expectReply: true });
  expect(Buffer.compare(answer, concatBytes(chunks))).toBe(0);
  connection.close();
});

test("localhost is served on IPv4, and on IPv6 when there is one", async () => {
  const door = await listen(echo, "localhost");
  expect(door.addresses).toContain("127.0.0.1");
  for (const host of door.addresses) {
    const connection = await tcpTransport().connect({ host, port: door.port });
    expect(await connection.send([utf8("hi")], { expectReply: true })).toEqual(utf8("hi"));
    connection.close();
  }
});

test("a request given up on does not shift the answers of the others", async () => {
  const door = await listen(echo);
  const connection = await tcpTransport().connect({ host: "127.0.0.1", port: door.port });
  const abort = new AbortController();
  const first = connection.send([utf8("first")], { expectReply: true, signal: abort.signal });
  const second = connection.send([utf8("second")], { expectReply: true });
  abort.abort(new Error("given up"));
  await expect(first).rejects.toThrow("given up");
  expect(fromUtf8(await second)).toBe("second");
  connection.close();
});

test("requests without answer resolve with nothing", async () => {
  const door = await listen(async (duplex) => {
    for await (const _ of duplex.incoming);
  });
  const connection = await tcpTransport().connect({ host: "127.0.0.1", port: door.port });
  expect(await connection.send([utf8("acks=0")], { expectReply: false })).toHaveLength(0);
  connection.close();
});

test("waiting requests fail when the broker goes away", async () => {
  const door = await listen(async (duplex) => {
    for await (const _ of duplex.incoming) duplex.close();
  });
  const connection = await tcpTransport().connect({ host: "127.0.0.1", port: door.port });
  const answer = connection.send([utf8("?")], { expectReply: true });
  await expect(answer).rejects.toMatchObject({ code: "CONNECTION_CLOSED", kind: "unavailable" });
  await connection.closed;
  await expect(connection.send([utf8("?")], { expectReply: true })).rejects.toMatchObject({
    code: "CONNECTION_CLOSED",
  });
});

test("an answer longer than allowed ends the connection with a word on why", async () => {
  const door = await listen(async (duplex) => {
    for await (const _ of duplex.incoming) await duplex.write([prefix(1_000_000)]);
  });
  const transport = tcpTransport({ responseBytesMax: 1000 });
  const connection = await transport.connect({ host: "127.0.0.1", port: door.port });
  const answer = connection.send([utf8("?")], { expectReply: true });
  await expect(answer).rejects.toMatchObject({ code: "FRAME_TOO_LARGE" });
});

test("nobody there: refused, with the address", async () => {
  const door = await listen(echo);
  await door.close();
  const attempt = tcpTransport().connect({ host: "localhost", port: door.port });
  await expect(attempt).rejects.toMatchObject({
    code: "CONNECTION_REFUSED",
    message: expect.stringContaining(`localhost:${door.port} (connection refused)`),
  });
});

test("a taken port is one sentence with the flag to change", async () => {
  const door = await listen(echo);
  const second = listenKafka({ host: "127.0.0.1", port: door.port, portFlag: "--kafka-port", onConnection: echo });
  await expect(second).rejects.toMatchObject({ code: "PORT_TAKEN", message: expect.stringContaining("--kafka-port") });
});

test("closing lets an answer under way leave first", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const door = await listen(async (duplex) => {
    for await (const _ of duplex.incoming) {
      started.resolve();
      await finish.promise;
      await duplex.write([prefix(4), utf8("done")]);
    }
  });
  const connection = await tcpTransport().connect({ host: "127.0.0.1", port: door.port });
  const answer = connection.send([utf8("slow")], { expectReply: true });
  await started.promise;
  const closed = door.close();
  finish.resolve();
  expect(fromUtf8(await answer)).toBe("done");
  await closed;
});

test("a client that ended its side still gets its answer", async () => {
  const door = await listen(async (duplex) => {
    let received = 0;
    for await (const bytes of duplex.incoming) received += bytes.length;
    await duplex.write([utf8(`${received} bytes`)]);
  });
  const socket = connect({ port: door.port, host: "127.0.0.1" });
  socket.end("hello");
  const answer: Buffer[] = [];
  for await (const chunk of socket) answer.push(chunk as Buffer);
  expect(Buffer.concat(answer).toString()).toBe("5 bytes");
});

test("a reader that is slow slows the sender down", async () => {
  const go = Promise.withResolvers<void>();
  const total = Promise.withResolvers<number>();
  const door = await listen(async (duplex) => {
    await go.promise;
    let received = 0;
    for await (const bytes of duplex.incoming) received += bytes.length;
    total.resolve(received);
  });
  const connection = await tcpTransport().connect({ host: "127.0.0.1", port: door.port });
  let handedOver = false;
  const sent = connection.send([new Uint8Array(50_000_000)], { expectReply: false }).then(() => {
    handedOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(handedOver).toBe(false);
  go.resolve();
  await sent;
  connection.close();
  expect(await total.promise).toBe(50_000_004);
});
