/** Where a broker can be reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One ordered conversation with a broker. Frames carry no length prefix; the transport adds and removes it. */
export interface Connection {
  /**
   * Sends a request frame and resolves with the response frame. Requests may overlap; answers come in order.
   * With `expectReply: false` (acks=0) it resolves with an empty array once the bytes are handed over.
   * Rejects with kind `unavailable`, code `CONNECTION_CLOSED`, when the connection ends first.
   */
  send(
    frame: readonly Uint8Array[],
    options: { readonly expectReply: boolean; readonly signal?: AbortSignal },
  ): Promise<Uint8Array>;
  close(): void;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
}

/** Opens connections: TCP, WebSocket, a Durable Object call, or the broker in the same process. */
export interface Transport {
  /** Rejects with kind `unavailable`, code `CONNECTION_REFUSED`, when nobody answers there. */
  connect(address: Address, signal?: AbortSignal): Promise<Connection>;
}
