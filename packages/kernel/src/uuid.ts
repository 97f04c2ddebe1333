import { StreambedError } from "./errors.ts";
import type { Random } from "./random.ts";

/** Kafka's zero UUID: "no topic id". */
export const ZERO_UUID = "00000000-0000-0000-0000-000000000000";

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HYPHEN = 0x2d;
const CODE_OF_0 = 0x30;
const CODE_OF_A = 0x61;
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A random version 4 UUID in canonical lower-case form. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidFromBytes(bytes);
}

/** Canonical text of 16 bytes. */
export function uuidFromBytes(bytes: Uint8Array): string {
  let hex = "";
  for (let at = 0; at < 16; at++) {
    if (at === 4 || at === 6 || at === 8 || at === 10) hex += "-";
    hex += HEX[bytes[at] ?? 0];
  }
  return hex;
}

/** The 16 bytes of a canonical UUID. */
export function uuidToBytes(uuid: string): Uint8Array {
  if (!UUID_PATTERN.test(uuid)) {
    throw new StreambedError({ kind: "invalid", code: "INVALID_UUID", message: `Not a UUID: ${uuid.slice(0, 60)}` });
  }
  const bytes = new Uint8Array(16);
  for (let at = 0, index = 0; index < uuid.length; index += 2) {
    if (uuid.charCodeAt(index) === HYPHEN) index++;
    bytes[at++] = (hexDigit(uuid.charCodeAt(index)) << 4) | hexDigit(uuid.charCodeAt(index + 1));
  }
  return bytes;
}

function hexDigit(code: number): number {
  return code < CODE_OF_A ? code - CODE_OF_0 : code - CODE_OF_A + 10;
}

/** 22 characters of URL-safe base64, the way Kafka prints topic and cluster ids. */
export function uuidToBase64(uuid: string): string {
  const binary = String.fromCharCode(...uuidToBytes(uuid));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
