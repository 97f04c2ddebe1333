const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ENCODE = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const PADDING = 0x3d;
/** Value of a character code, 255 for characters outside the alphabet. */
const DECODE = new Uint8Array(128).fill(255);
for (let value = 0; value < 64; value++) DECODE[ENCODE[value] ?? 0] = value;

const decoder = new TextDecoder();

/** Standard base64 with padding (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  const whole = bytes.length - (bytes.length % 3);
  let to = 0;
  for (let at = 0; at < whole; at += 3) {
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    out[to++] = ENCODE[word >> 18] ?? 0;
    out[to++] = ENCODE[(word >> 12) & 63] ?? 0;
    out[to++] = ENCODE[(word >> 6) & 63] ?? 0;
    out[to++] = ENCODE[word & 63] ?? 0;
  }
  if (whole < bytes.length) {
    const word = ((bytes[whole] ?? 0) << 16) | ((bytes[whole + 1] ?? 0) << 8);
    out[to++] = ENCODE[word >> 18] ?? 0;
    out[to++] = ENCODE[(word >> 12) & 63] ?? 0;
    out[to++] = whole + 1 < bytes.length ? (ENCODE[(word >> 6) & 63] ?? 0) : PADDING;
    out[to++] = PADDING;
  }
  return decoder.decode(out);
}

/** Bytes of standard base64, padded or not; null for anything else (white space and the URL alphabet included). */
export function decodeBase64(text: string): Uint8Array | null {
  let length = text.length;
  if (length % 4 === 0 && length > 0) {
    if (text.charCodeAt(length - 1) === PADDING) length--;
    if (text.charCodeAt(length - 1) === PADDING) length--;
  }
  if (length % 4 === 1) return null;
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let to = 0;
  let word = 0;
  let bits = 0;
  for (let at = 0; at < length; at++) {
    const value = DECODE[text.charCodeAt(at)] ?? 255;
    if (value === 255) return null;
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[to++] = (word >> bits) & 0xff;
    }
  }
  return out;
}
