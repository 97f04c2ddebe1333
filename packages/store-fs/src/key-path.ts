import { StreambedError } from "@streambed/kernel";
import { KEY_BYTES_MAX, NAME_BYTES_MAX } from "./limits.ts";

/**
 * How keys become paths. The parts of a key between slashes are directories and a file, so that the folder looks like
 * the bucket and can be copied to one. Letters, digits and `-_=+@,.~` stay; every other character is `%XX`. An empty part
 * is `%`. A dot at the start is escaped, so that no key reaches `.`, `..` or our own `.streambed`.
 *
 * Throws `STORE_KEY_INVALID` for keys that the port does not allow or that are too long for a file name.
 */
export function pathOfKey(key: string): string {
  if (!/^[\x20-\x7e]+$/.test(key) || key.length > KEY_BYTES_MAX) {
    throw invalidKey(key, `keys are 1 to ${KEY_BYTES_MAX} characters of printable ASCII`);
  }
  const names = key.split("/").map(nameOfPart);
  if (names.some((name) => name.length > NAME_BYTES_MAX)) {
    throw invalidKey(key, `a part between slashes is longer than a file name (${NAME_BYTES_MAX} bytes, escaped)`);
  }
  return names.join("/");
}

/** The directory that holds all keys with this beginning, which ends with a slash or is empty. */
export function pathOfPrefix(prefix: string): string {
  return prefix.split("/").slice(0, -1).map(nameOfPart).join("/");
}

/** The name of the file of a key's last part, or of the directory of a part with its slash. */
export function pathOfPart(part: string): string {
  return nameOfPart(part.endsWith("/") ? part.slice(0, -1) : part);
}

/** The part of a key that a directory entry stands for, or undefined when it is none of ours. */
export function partOfName(name: string): string | undefined {
  // Nearly all names stand for themselves.
  if (/^[A-Za-z0-9\-_=+@,~][A-Za-z0-9\-_=+@,.~]*$/.test(name)) return name;
  if (name === "%") return "";
  if (!/^(?:[A-Za-z0-9\-_=+@,.~]|%[2-7][0-9A-F])+$/.test(name)) return undefined;
  const part = name.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  // Only the one canonical spelling counts, or two files would stand for one key.
  return nameOfPart(part) === name ? part : undefined;
}

function nameOfPart(part: string): string {
  if (part === "") return "%";
  return part.replace(/^\.|[^A-Za-z0-9\-_=+@,.~]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** The error for a key that cannot be stored, with the reason. */
export function invalidKey(key: string, reason: string): StreambedError {
  const shown = JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key);
  return new StreambedError({
    kind: "invalid",
    code: "STORE_KEY_INVALID",
    message: `The key ${shown} cannot be stored in a folder: ${reason}.`,
  });
}
