import { utf8 } from "@streambed/kernel";
import type { Context } from "hono";
import { EVENT_STREAM_TYPE } from "../http/media-types.ts";
import { EVENT_STREAM_WAIT_MS } from "../limits.ts";
import type { Proxy } from "../proxy.ts";
import { toRestError } from "../rest-error.ts";
import { fetchOnce, type Read, recordText } from "./stateless-read.ts";

/**
 * Records of one partition as server-sent events (HTML standard, section 9.2), for as long as the client listens. The id
 * of an event is the record's offset, so a browser that reconnects goes on behind the last record it has seen.
 */
export function eventStream(c: Context, proxy: Proxy, read: Read): Response {
  const ended = new AbortController();
  let offset = read.offset;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = { ...read, offset, timeoutMs: EVENT_STREAM_WAIT_MS };
        const result = await fetchOnce(c, proxy, next, ended.signal);
        offset = result.nextOffset;
        const events = result.records.map(
          (record) => `id: ${record.offset}\ndata: ${oneLine(recordText(record, read))}\n\n`,
        );
        // A comment keeps proxies from closing a connection on which nothing happens.
        controller.enqueue(utf8(events.length === 0 ? ": nothing new\n\n" : events.join("")));
      } catch (thrown) {
        if (ended.signal.aborted) return;
        const { errorCode, message } = toRestError(thrown);
        controller.enqueue(utf8(`event: error\ndata: ${JSON.stringify({ error_code: errorCode, message })}\n\n`));
        controller.close();
      }
    },
    cancel() {
      ended.abort();
    },
  });
  return new Response(body, { headers: { "content-type": EVENT_STREAM_TYPE, "cache-control": "no-store" } });
}

/** Embedded JSON goes out as stored and may hold line ends, which are white space there and field ends here. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}
