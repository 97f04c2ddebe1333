import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { Address, Connection, Transport } from "@streambed/client";
import { messageOf, StreambedError } from "@streambed/kernel";
import { CONNECT_TIMEOUT_MS, RESPONSE_FRAME_BYTES_MAX } from "./limits.ts";
import { systemCode } from "./listen-error.ts";

/** Options of {@link tcpTransport}. */
export interface TcpTransportOptions {
  /** Speak TLS; the value is passed to `node:tls` (`{}` checks the server against the system's authorities). */
  readonly tls?: Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;
  /** Longest answer accepted, bytes. Default 256 MiB. */
  readonly responseBytesMax?: number;
  /** How long connecting may take, milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
}

/**
 * Kafka connections over TCP or TLS. Requests are pipelined; answers come in order.
 * `connect` rejects with kind `unavailable`, code `CONNECTION_REFUSED`.
 *
 * @example const client = createClient({ transport: tcpTransport(), bootstrap: [{ host: "localhost", port: 9092 }], ... });
 */
export function tcpTransport(options: TcpTransportOptions = {}): Transport {
  const responseBytesMax = options.responseBytesMax ?? RESPONSE_FRAME_BYTES_MAX;
  return {
    async connect(address, signal): Promise<Connection> {
      signal?.throwIfAborted();
      // Loaded by those who connect: it brings the protocol with it, which a server's doors can open without.
      const { tcpConnection } = await import("./tcp-connection.ts");
      const socket = await openSocket(address, options, signal);
      return tcpConnection(socket, { responseBytesMax });
    },
  };
}

function openSocket(address: Address, options: TcpTransportOptions, signal?: AbortSignal): Promise<Socket> {
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const target = { host: address.host, port: address.port };
  // ALPN and renegotiation are not used by Kafka; the server name is what certificates are checked against.
  const socket = options.tls === undefined ? connectTcp(target) : connectTls({ ...target, ...options.tls });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return new Promise((resolve, reject) => {
    const ready = options.tls === undefined ? "connect" : "secureConnect";
    const fail = (error: Error): void => {
      settle();
      // The socket may still report what we have already given up on.
      socket.on("error", () => undefined);
      socket.destroy();
      reject(error);
    };
    const onReady = (): void => {
      settle();
      resolve(socket);
    };
    const onError = (error: Error): void => fail(refused(address, error));
    const onClose = (): void => fail(refused(address, new Error("the connection was closed at once")));
    const onAbort = (): void => fail(signal?.reason as Error);
    const onLate = (): void => fail(refused(address, new Error(`no answer within ${timeoutMs} ms`)));
    const timer = setTimeout(onLate, timeoutMs);
    socket.once(ready, onReady).once("error", onError).once("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    function settle(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off(ready, onReady).off("error", onError).off("close", onClose);
    }
  });
}

function refused(address: Address, cause: unknown): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "CONNECTION_REFUSED",
    message: `Nobody answers at ${address.host}:${address.port} (${reasonOf(cause)}): check the address, and that the broker runs.`,
    cause,
  });
}

/** Node reports a name with several addresses as one error with an empty message. */
function reasonOf(cause: unknown): string {
  switch (systemCode(cause)) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "unknown host name";
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "host not reachable";
    default:
      return messageOf(cause);
  }
}
