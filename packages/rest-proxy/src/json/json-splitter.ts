import { concatBytes } from "@streambed/kernel";

/** Why a byte stream is not a row of JSON objects. */
export type SplitFailure = { readonly reason: "syntax" | "too-large" | "too-deep"; readonly message: string };

/** Bounds of {@link JsonSplitter}. */
export interface SplitBounds {
  /** Largest value, bytes. */
  readonly valueBytesMax: number;
  /** Deepest nesting. */
  readonly depthMax: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Cuts a byte stream into JSON objects that stand back to back, white space between them allowed. It only follows
 * strings and nesting; whether the inside is JSON is for the parser to say. Never holds more than one value, and never
 * recurses, so neither length nor depth can exhaust it.
 *
 *     between --{--> inside --} at depth 0--> between
 *        |             |  ^
 *        |             "  "
 *        |             v  |
 *        |            string        anything else between values, or a bound: failed, for good
 */
export class JsonSplitter {
  readonly #bounds: SplitBounds;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #failure: SplitFailure | undefined;

  constructor(bounds: SplitBounds) {
    this.#bounds = bounds;
  }

  /** Set once the stream turned out not to be objects; nothing is returned after that. */
  get failure(): SplitFailure | undefined {
    return this.#failure;
  }

  /** Takes a chunk and returns the objects it completes, as bytes. Keeps views of the chunk: do not overwrite it. */
  push(chunk: Uint8Array): Uint8Array[] {
    const values: Uint8Array[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length && this.#failure === undefined; at++) {
      if (this.#inString && !this.#escaped) at = endOfPlainText(chunk, at);
      const byte = chunk[at] ?? 0;
      if (this.#depth === 0) {
        if (this.#open(byte)) start = at;
      } else if (this.#heldBytes + at + 1 - start > this.#bounds.valueBytesMax) {
        this.#failTooLarge();
      } else if (this.#step(byte)) {
        values.push(this.#take(chunk.subarray(start, at + 1)));
      }
    }
    if (this.#depth > 0 && this.#failure === undefined) this.#hold(chunk.subarray(start));
    return values;
  }

  /** Call at the end of the stream: an object that was begun and not ended is a failure. */
  end(): void {
    if (this.#depth > 0 && this.#failure === undefined) {
      this.#failure = { reason: "syntax", message: "Unexpected end of the body inside a JSON object" };
    }
  }

  #open(byte: number): boolean {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return false;
    if (byte !== OPEN_BRACE) {
      this.#failure = {
        reason: "syntax",
        message: `Unexpected character ${printable(byte)} where a JSON object begins`,
      };
      return false;
    }
    this.#depth = 1;
    return true;
  }

  /** Follows one byte inside a value; true when it ends the value. */
  #step(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#deeper();
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return --this.#depth === 0;
    return false;
  }

  #deeper(): void {
    if (++this.#depth <= this.#bounds.depthMax) return;
    this.#failure = { reason: "too-deep", message: `JSON is nested deeper than ${this.#bounds.depthMax} levels` };
  }

  #failTooLarge(): void {
    const message = `A JSON object is larger than ${this.#bounds.valueBytesMax} bytes`;
    this.#failure = { reason: "too-large", message };
    this.#held = [];
  }

  #hold(part: Uint8Array): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  #take(last: Uint8Array): Uint8Array {
    const value = this.#held.length === 0 ? last : concatBytes([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    return value;
  }
}

/** Index of the next quote or backslash, or of the last byte: most bytes of JSON are neither, so this loop is hot. */
function endOfPlainText(chunk: Uint8Array, from: number): number {
  const last = chunk.length - 1;
  let at = from;
  while (at < last && chunk[at] !== QUOTE && chunk[at] !== BACKSLASH) at++;
  return at;
}

function printable(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, "0")}`;
}
