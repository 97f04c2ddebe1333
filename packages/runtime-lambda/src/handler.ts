import type { Clock, Logger } from "@streambed/kernel";
import { messageOf, StreambedError } from "@streambed/kernel";
import { asHttpEvent } from "./http-event.ts";
import { DEADLINE_RESERVE_MS } from "./limits.ts";
import { toRequest } from "./to-request.ts";
import { toResult } from "./to-result.ts";
import type { HttpResult } from "./to-result.ts";

/** Lambda's context, as far as it is used. */
export interface InvocationLike {
  getRemainingTimeInMillis?(): number;
}

/** Something that answers HTTP, such as a REST proxy. */
export interface FetchApp extends Partial<AsyncDisposable> {
  fetch(request: Request, env?: object): Promise<Response>;
  /** What it knows is out of date for good: the next event opens another. */
  readonly isStale?: boolean;
}

/** Answers an event. Never rejects: what goes wrong is an answer with a status and a sentence. */
export type HttpHandler = (event: unknown, invocation: InvocationLike) => Promise<Response>;

/** Parts of {@link httpHandler}. */
export interface HandlerParts {
  /** Opened by the first event; tried again by the next when it fails. */
  readonly open: () => Promise<FetchApp>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Turns events into requests, and has them answered before the invocation's time is over. */
export function httpHandler({ open, clock, logger }: HandlerParts): HttpHandler {
  let opening: Promise<FetchApp> | undefined;
  const opened = async (): Promise<FetchApp> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    const current = opening;
    const app = await current;
    if (app.isStale !== true) return app;
    // An instance that was frozen for an hour. Several events may find it so; one of them clears it away.
    if (opening === current) {
      opening = undefined;
      app[Symbol.asyncDispose]?.().then(undefined, (error: unknown) => {
        logger.log("warn", "stale-service-not-closed", { reason: messageOf(error) });
      });
    }
    return opened();
  };
  return async (event, invocation) => {
    const deadline = deadlineOf(invocation, clock);
    try {
      const { request, env } = toRequest(asHttpEvent(event), deadline.signal);
      const answering = opened().then((app) => app.fetch(request, env));
      return await Promise.race([answering, deadline.passed]);
    } catch (thrown) {
      logger.log("error", "invocation-failed", { reason: messageOf(thrown) });
      return failure(thrown);
    } finally {
      deadline.stop();
    }
  };
}

/** A handler for whole answers: Function URLs with invoke mode BUFFERED, and API Gateway. */
export function bufferedHandler(
  http: HttpHandler,
): (event: unknown, invocation: InvocationLike) => Promise<HttpResult> {
  return async (event, invocation) => toResult(await http(event, invocation));
}

interface Deadline {
  readonly signal: AbortSignal;
  readonly passed: Promise<never>;
  stop(): void;
}

/** Lambda stops an instance that is too slow, and whatever it held is lost; an answer in time keeps it alive. */
function deadlineOf(invocation: InvocationLike, clock: Clock): Deadline {
  const control = new AbortController();
  const passed = Promise.withResolvers<never>();
  passed.promise.catch(() => undefined);
  const remainingMs = invocation.getRemainingTimeInMillis?.();
  if (remainingMs === undefined) return { signal: control.signal, passed: passed.promise, stop: () => undefined };
  const stop = clock.schedule(Math.max(0, remainingMs - DEADLINE_RESERVE_MS), () => {
    const message =
      "The function's time is over before the answer is there. Ask again, or give the function more time.";
    const error = new StreambedError({ kind: "unavailable", code: "INVOCATION_TIMEOUT", message });
    control.abort(error);
    passed.reject(error);
  });
  return { signal: control.signal, passed: passed.promise, stop };
}

function failure(thrown: unknown): Response {
  const invalid = thrown instanceof StreambedError && thrown.kind === "invalid";
  const status = invalid ? 400 : thrown instanceof StreambedError && thrown.retriable ? 503 : 500;
  return Response.json({ error_code: status * 100 + 1, message: messageOf(thrown) }, { status });
}
