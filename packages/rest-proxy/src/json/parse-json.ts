/** The JSON text of a number that JavaScript cannot hold exactly; `JSON.stringify` writes it back unchanged. */
interface SourceContext {
  readonly source?: string;
}
/** JSON.parse with source text access (ECMAScript 2026), which the compiler's library does not describe yet. */
interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: SourceContext) => unknown): unknown;
  rawJSON(text: string): unknown;
}
const json = JSON as unknown as JsonWithSource;

/** Text that may hold a number which does not come back as it was written: long, with a fraction, or an exponent. */
const SUSPECT_NUMBER = /\d{16}|\d[.eE]\d|-0/;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What {@link parseJson} found. */
export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/**
 * Parses bounded JSON (see `JsonSplitter`). Numbers that a double would change, such as `9007199254740993` or `1.0`,
 * stay as they were written, so that embedded JSON reaches the topic unharmed.
 */
export function parseJson(bytes: Uint8Array): Parsed {
  try {
    const text = decoder.decode(bytes);
    return {
      ok: true,
      value: SUSPECT_NUMBER.test(text) ? json.parse(text, keepNumber) : (JSON.parse(text) as unknown),
    };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return { ok: false, message: thrown.message };
    // The fatal decoder throws a TypeError for bytes that are not UTF-8.
    if (thrown instanceof TypeError) return { ok: false, message: "The body is not UTF-8" };
    throw thrown;
  }
}

function keepNumber(_key: string, value: unknown, context: SourceContext): unknown {
  if (typeof value !== "number" || context.source === undefined || String(value) === context.source) return value;
  return json.rawJSON(context.source);
}

/** The text of bytes that are one JSON text, else null. */
export function jsonTextOf(bytes: Uint8Array): string | null {
  try {
    const text = decoder.decode(bytes);
    JSON.parse(text);
    return text;
  } catch {
    // Both failures, bad UTF-8 and bad JSON, mean the same to the caller.
    return null;
  }
}
