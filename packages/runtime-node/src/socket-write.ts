import type { Socket } from "node:net";
import { StreambedError } from "@streambed/kernel";

/** The error of every use of a connection that has ended. */
export function connectionClosed(remote: string, cause?: unknown): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "CONNECTION_CLOSED",
    message: `The connection to ${remote} has ended.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Hands all chunks to the socket in one `writev` and resolves when more may be sent.
 * The chunks are not copied, so they must not change afterwards.
 */
export function writeChunks(socket: Socket, chunks: readonly Uint8Array[]): Promise<void> {
  if (!socket.writable) return Promise.reject(connectionClosed(remoteName(socket), socket.errored ?? undefined));
  socket.cork();
  let room = true;
  for (const chunk of joinNeighbours(chunks)) room = socket.write(chunk);
  socket.uncork();
  return room ? Promise.resolve() : drained(socket);
}

/**
 * Chunks that lie behind one another in memory, as one: a fetch answers with hundreds of batches that were read together,
 * and a socket's work is by chunk.
 */
export function joinNeighbours(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = [];
  for (let at = 0; at < chunks.length;) {
    const first = chunks[at++];
    if (first === undefined) break;
    const { buffer, byteOffset } = first;
    let length = first.byteLength;
    for (let next = chunks[at]; next?.buffer === buffer && next.byteOffset === byteOffset + length; next = chunks[at]) {
      length += next.byteLength;
      at++;
    }
    joined.push(length === first.byteLength ? first : new Uint8Array(buffer, byteOffset, length));
  }
  return joined;
}

/** `host:port` of the other side, for messages. */
export function remoteName(socket: Socket): string {
  return `${socket.remoteAddress ?? "a closed peer"}:${socket.remotePort ?? 0}`;
}

function drained(socket: Socket): Promise<void> {
  const remote = remoteName(socket);
  return new Promise((resolve, reject) => {
    const onDrain = (): void => {
      socket.off("close", onClose);
      resolve();
    };
    const onClose = (): void => {
      socket.off("drain", onDrain);
      reject(connectionClosed(remote, socket.errored ?? undefined));
    };
    socket.once("drain", onDrain);
    socket.once("close", onClose);
  });
}
