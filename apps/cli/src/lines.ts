import { concatBytes, StreambedError } from "@streambed/kernel";
import { LINE_BYTES_MAX } from "./limits.ts";

const NEWLINE = 10;
const RETURN = 13;

/**
 * Cuts input into lines, without their ends (`\n` or `\r\n`), as views where possible. Lines come in groups, one for
 * each chunk of input, so that a caller can handle many at once. The last line needs no end.
 * @throws kind `limit`, code `LINE_TOO_LONG`
 */
export async function* lineGroups(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[], void> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of input) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(withoutReturn(concatBytes([...rest, chunk.subarray(start, end)])));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
    }
    if (restBytes > LINE_BYTES_MAX) throw tooLong();
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [withoutReturn(concatBytes(rest))];
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}

function tooLong(): StreambedError {
  return new StreambedError({
    kind: "limit",
    code: "LINE_TOO_LONG",
    message: `A line of input is longer than ${LINE_BYTES_MAX} bytes; each line becomes one record, so check for missing line ends.`,
  });
}
