import type { Record } from "@streambed/client";
import { encodeBase64 } from "./base64.ts";

/** Headers with their values in base64, as v3 produce takes them. */
export function headersOf(record: Record): readonly { readonly name: string; readonly value: string | null }[] {
  return record.headers.map(({ key, value }) => ({ name: key, value: value === null ? null : encodeBase64(value) }));
}
