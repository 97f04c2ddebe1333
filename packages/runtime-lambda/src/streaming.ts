import type { HttpHandler, InvocationLike } from "./handler.ts";
import type { ResultHead } from "./to-result.ts";
import { headOf } from "./to-result.ts";

/** What Lambda's runtime offers as the global `awslambda`, as far as it is used. */
export interface AwsLambdaLike {
  streamifyResponse(
    handler: (event: unknown, output: OutputLike, invocation: InvocationLike) => Promise<void>,
  ): unknown;
  readonly HttpResponseStream: { from(output: OutputLike, head: ResultHead): OutputLike };
}

/** A Node stream that bytes are written to. */
export interface OutputLike {
  write(chunk: Uint8Array): boolean;
  once(event: "drain" | "close", listener: () => void): unknown;
  end(): unknown;
}

/**
 * A handler that sends answers while they are made: for Function URLs with invoke mode RESPONSE_STREAM. API Gateway
 * does not understand such answers.
 */
export function streamingHandler(http: HttpHandler, awslambda: AwsLambdaLike): unknown {
  return awslambda.streamifyResponse(async (event, output, invocation) => {
    const response = await http(event, invocation);
    const sink = awslambda.HttpResponseStream.from(output, headOf(response));
    await send(response, sink);
  });
}

async function send(response: Response, sink: OutputLike): Promise<void> {
  const gone = Promise.withResolvers<void>();
  sink.once("close", gone.resolve);
  let sent = 0;
  for await (const chunk of response.body ?? []) {
    sent += chunk.length;
    if (sink.write(chunk)) continue;
    const drained = Promise.withResolvers<void>();
    sink.once("drain", drained.resolve);
    await Promise.race([drained.promise, gone.promise]);
  }
  // Without any byte the runtime never sends the head.
  if (sent === 0) sink.write(new Uint8Array(0));
  sink.end();
}
