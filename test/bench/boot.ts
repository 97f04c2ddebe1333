import { connect } from "node:net";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** ApiVersions v0 from a client named "b", as it lies on the wire: length, api key 18, version 0, correlation 1. */
const API_VERSIONS = Buffer.from([0, 0, 0, 11, 0, 18, 0, 0, 0, 0, 0, 1, 0, 1, 0x62]);
const ANSWER_HEAD_BYTES = 10;

/** Asks again and again until a server on the port answers ApiVersions without an error. */
export async function untilAnswered(port: number, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await answers(port)) return;
    await sleep(2);
  }
  throw new Error(`no ApiVersions answer on port ${port} within ${timeoutMs} ms`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(API_VERSIONS));
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < ANSWER_HEAD_BYTES) return;
      resolve(received.readInt32BE(4) === 1 && received.readInt16BE(8) === 0);
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
}

/** Resident memory of a process in MiB, as Linux counts it. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (line?.[1] === undefined) throw new Error(`no resident size for process ${pid}`);
  return Number(line[1]) / 1024;
}
