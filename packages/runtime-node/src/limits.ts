/** Largest answer a client accepts, bytes: Kafka's default fetch.max.bytes with room for one oversized batch. */
export const RESPONSE_FRAME_BYTES_MAX = 268_435_456;

/** Requests of one client connection that may wait for their answers; the next ones are refused. */
export const REQUESTS_IN_FLIGHT_MAX = 1_000;

/** How long a connection attempt may take, milliseconds (Kafka's socket.connection.setup.timeout.ms). */
export const CONNECT_TIMEOUT_MS = 10_000;

/** Kafka connections served at the same time; the next ones are closed at once. */
export const KAFKA_CONNECTIONS_MAX = 10_000;

/** A Kafka connection without traffic is closed after this long, milliseconds (Kafka's connections.max.idle.ms). */
export const CONNECTION_IDLE_MS_MAX = 600_000;

/** HTTP connections served at the same time. */
export const HTTP_CONNECTIONS_MAX = 10_000;

/** A client has this long to send its HTTP request head, milliseconds. */
export const HTTP_HEADERS_TIMEOUT_MS = 30_000;

/** How long closing waits for answers under way before it cuts the connections, milliseconds. */
export const CLOSE_GRACE_MS = 5_000;

/** Bytes read ahead of the broker on one connection before TCP has to slow the client down. */
export const INCOMING_QUEUE_BYTES_MAX = 262_144;

/** Bodies of requests whose chunks have fewer bytes on average are joined before they are sent. */
export const BODY_CHUNK_BYTES_MIN = 4_096;
