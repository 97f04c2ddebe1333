import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { FrameSplitter } from "@streambed/protocol";

/** Longest wait for an answer, milliseconds; a peer that says nothing for so long is `silent`. */
const ANSWER_MS_MAX = 5_000;
const FRAME_BYTES_MAX = 200_000_000;

/** What comes back: a frame without its length, the end of the connection, or nothing at all. */
export type Incoming = Uint8Array | "closed" | "silent";

/** A TCP connection that sends whatever it is given and splits what comes back into frames. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #frames: Uint8Array[] = [];
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const splitter = new FrameSplitter(FRAME_BYTES_MAX);
    socket.on("data", (bytes: Uint8Array) => {
      this.#frames.push(...splitter.push(bytes));
      this.#wake();
    });
    const end = (): void => {
      this.#closed = true;
      this.#wake();
    };
    socket.on("error", end);
    socket.on("end", end);
    socket.on("close", end);
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends a frame: its length, then its bytes. */
  sendFrame(frame: Uint8Array): void {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setInt32(0, frame.length);
    this.#socket.write(length);
    this.#socket.write(frame);
  }

  /** The next frame that comes, or how the wait ended. */
  async next(waitMs: number = ANSWER_MS_MAX): Promise<Incoming> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#closed) return "closed";
      const left = deadline - performance.now();
      if (left <= 0) return "silent";
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Ends our side; the peer may still answer. */
  end(): void {
    this.#socket.end();
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy();
  }
}
