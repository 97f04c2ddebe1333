/**
 * Splits a byte stream into records of unknown length. `take` looks at the bytes from `at` and returns where the next
 * record starts, or undefined when more bytes are needed.
 */
export async function parseChunks(
  stream: AsyncIterable<Buffer>,
  take: (bytes: Buffer, at: number) => number | undefined,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let next = take(bytes, at); next !== undefined; next = take(bytes, at)) at = next;
    rest = bytes.subarray(at);
  }
  if (rest.length > 0) throw new Error(`the output ended inside a record: ${rest.subarray(0, 200).toString("latin1")}`);
}

/** Splits `name=value,name=value`, keeping values as bytes. */
export function parseHeaders(bytes: Buffer, separator: string): (readonly [string, Buffer])[] {
  const headers: (readonly [string, Buffer])[] = [];
  for (let at = 0; at < bytes.length;) {
    const comma = bytes.indexOf(",", at, "latin1");
    const end = comma < 0 ? bytes.length : comma;
    const equals = bytes.indexOf(separator, at, "latin1");
    headers.push([bytes.toString("utf8", at, equals), bytes.subarray(equals + 1, end)]);
    at = end + 1;
  }
  return headers;
}
