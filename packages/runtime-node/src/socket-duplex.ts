import type { Socket } from "node:net";
import type { ByteDuplex } from "@streambed/broker";
import { SocketIncoming } from "./socket-incoming.ts";
import { writeChunks } from "./socket-write.ts";

/** A connection that can also be told to read no further, so that its answers under way can leave. */
export interface SocketDuplex extends ByteDuplex {
  stopReading(): void;
}

/** A connected socket as the broker sees it. The socket must have been made with `allowHalfOpen`. */
export function socketDuplex(socket: Socket): SocketDuplex {
  const incoming = new SocketIncoming(socket);
  return {
    remoteHost: socket.remoteAddress ?? "unknown",
    incoming,
    write: (chunks) => writeChunks(socket, chunks),
    close: () => socket.destroySoon(),
    stopReading: () => incoming.stop(),
  };
}
