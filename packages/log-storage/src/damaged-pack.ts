import { StreambedError } from "@streambed/kernel";

/** A pack in which rows lie is missing or is not what was stored: nothing may be skipped. */
export function damagedPack(key: string, what: string): StreambedError {
  return new StreambedError({
    kind: "corrupt",
    code: "LOG_DAMAGED",
    message: `The object ${key} is damaged: ${what}. Restore it from a backup; nothing was skipped or overwritten.`,
  });
}
