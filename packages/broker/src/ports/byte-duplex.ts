/** A connection as the broker sees it: TCP socket, WebSocket, or a pair of pipes in a test. */
export interface ByteDuplex {
  /**
   * Bytes from the client. Ends when the client is done; throws when the connection breaks. A chunk is only good until
   * the next one is asked for: its memory is then used again.
   */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Sends chunks in order. Resolves when more may be sent (back-pressure). Rejects when the connection is gone. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Ends the connection; idempotent. */
  close(): void;
  /** Address of the client, for DescribeGroups and logs. */
  readonly remoteHost: string;
}
