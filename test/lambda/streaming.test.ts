import { silentLogger, systemClock } from "@streambed/kernel";
import { httpHandler, streamingHandler } from "@streambed/runtime-lambda";
import type { AwsLambdaLike, InvocationLike, OutputLike, ResultHead } from "@streambed/runtime-lambda";
import { expect, test } from "vitest";
import { recordedEvent } from "./events.ts";

type Streamed = (event: unknown, output: OutputLike, invocation: InvocationLike) => Promise<void>;

/** A stream as Lambda's: it keeps what it gets, and after each chunk it wants a pause. */
class SlowOutput implements OutputLike {
  head: ResultHead | undefined;
  readonly chunks: string[] = [];
  ended = false;

  write(chunk: Uint8Array): boolean {
    this.chunks.push(new TextDecoder().decode(chunk));
    return false;
  }

  once(event: "drain" | "close", listener: () => void): void {
    if (event === "drain") queueMicrotask(listener);
  }

  end(): void {
    this.ended = true;
  }
}

const awslambda: AwsLambdaLike = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(output, head) {
      if (output instanceof SlowOutput) output.head = head;
      return output;
    },
  },
};

async function stream(answer: Response): Promise<SlowOutput> {
  const open = () => Promise.resolve({ fetch: () => Promise.resolve(answer) });
  const http = httpHandler({ open, clock: systemClock(), logger: silentLogger });
  const handler = streamingHandler(http, awslambda) as Streamed;
  const output = new SlowOutput();
  await handler(recordedEvent("function-url-produce"), output, {});
  return output;
}

test("an answer is passed on chunk by chunk, with status, headers and cookies before it", async () => {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const text of ["one", "two", "three"]) controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
  const headers = new Headers({ "content-type": "text/plain", "set-cookie": "a=1" });
  const output = await stream(new Response(body, { status: 202, headers }));
  expect(output).toMatchObject({
    head: { statusCode: 202, headers: { "content-type": "text/plain" }, cookies: ["a=1"] },
    chunks: ["one", "two", "three"],
    ended: true,
  });
});

test("an answer without a body still sends its head", async () => {
  const output = await stream(new Response(null, { status: 204 }));
  expect(output).toMatchObject({ head: { statusCode: 204 }, chunks: [""], ended: true });
});
