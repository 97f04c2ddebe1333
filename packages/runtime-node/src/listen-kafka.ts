import { createServer, type Server, type Socket } from "node:net";
import type { ByteDuplex } from "@streambed/broker";
import { messageOf, silentLogger, type Logger } from "@streambed/kernel";
import { bind, type BindOptions, closeServer } from "./bind.ts";
import { CLOSE_GRACE_MS, CONNECTION_IDLE_MS_MAX, KAFKA_CONNECTIONS_MAX } from "./limits.ts";
import { socketDuplex, type SocketDuplex } from "./socket-duplex.ts";

/** Options of {@link listenKafka}. */
export interface ListenKafkaOptions extends BindOptions {
  /** Serves one connection; when it settles the connection is closed. */
  readonly onConnection: (duplex: ByteDuplex) => Promise<void>;
  readonly logger?: Logger;
}

/** A door that is open. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Addresses bound, e.g. `127.0.0.1` and `::1`. */
  readonly addresses: readonly string[];
  /** Takes no more connections and requests, lets answers under way leave for a few seconds, then cuts the rest. */
  close(): Promise<void>;
}

type OpenConnections = Map<Socket, SocketDuplex>;

/**
 * Listens for Kafka clients over TCP. Errors of binding are `PORT_TAKEN`, `PORT_FORBIDDEN`, `ADDRESS_NOT_FOUND`.
 *
 * @example const door = await listenKafka({ host: "localhost", port: 9092, portFlag: "--kafka-port", onConnection });
 */
export async function listenKafka(options: ListenKafkaOptions): Promise<Listening> {
  const open: OpenConnections = new Map();
  const bound = await bind("Kafka", options, () => kafkaServer(options, open));
  const close = async (): Promise<void> => {
    const closed = Promise.all(bound.servers.map(closeServer));
    for (const duplex of open.values()) duplex.stopReading();
    const cut = setTimeout(() => {
      for (const socket of open.keys()) socket.destroy();
    }, CLOSE_GRACE_MS);
    await closed;
    clearTimeout(cut);
  };
  return { port: bound.port, addresses: bound.addresses, close, [Symbol.asyncDispose]: close };
}

function kafkaServer(options: ListenKafkaOptions, open: OpenConnections): Server {
  const logger = options.logger ?? silentLogger;
  // Half-open sockets: a client may send its last request, end its side, and still read the answer.
  // No delay: the broker hands over whole frames, so Nagle's algorithm could only hold small answers back.
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    const duplex = socketDuplex(socket);
    open.set(socket, duplex);
    socket.once("close", () => open.delete(socket));
    socket.setTimeout(CONNECTION_IDLE_MS_MAX, () => socket.destroy());
    options
      .onConnection(duplex)
      .catch((thrown: unknown) => logger.log("debug", "connection.broken", { reason: messageOf(thrown) }))
      .finally(() => socket.destroySoon());
  });
  server.maxConnections = KAFKA_CONNECTIONS_MAX;
  return server;
}
