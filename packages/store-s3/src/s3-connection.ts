import type { S3Client } from "@aws-sdk/client-s3";
import { StreambedError, type Clock } from "@streambed/kernel";
import { DirectRequests, type DirectAnswer, type DirectRequest, type ToBody } from "./direct-requests.ts";
import { failureOf, s3Error, type S3Failure, type S3Place } from "./s3-errors.ts";

/** What a connection needs. */
export interface S3ConnectionOptions {
  readonly client: S3Client;
  readonly clock: Clock;
  readonly place: S3Place;
  readonly requestTimeoutMs: number;
  readonly toBody: ToBody;
}

/** One request. */
export interface S3Request<Output extends object, Expected extends object> {
  readonly send: (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<Output>;
  /** Failures that are an answer here; undefined for all others. */
  readonly expect?: (failure: S3Failure) => Expected | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends requests with a time limit, and learns S3's own time from the Date header of each answer. */
export class S3Connection {
  readonly #options: S3ConnectionOptions;
  /** Date headers by what the SDK made of the answer: its output, or the error it threw. */
  readonly #dates = new WeakMap<object, number>();
  readonly #direct: DirectRequests;

  constructor(options: S3ConnectionOptions) {
    this.#options = options;
    this.#direct = new DirectRequests(options);
    this.#watchDates();
  }

  /** Whether `direct` may be called. */
  get isDirect(): boolean {
    return this.#direct.areReady;
  }

  /** A request for one object past the SDK's middleware; to be called within `request`. */
  direct(request: DirectRequest): Promise<DirectAnswer> {
    return this.#noted(this.#direct.send(request), (answer) => this.#note(answer, answer));
  }

  /** S3's answer and its time, or what `expect` made of a failure. Other failures throw errors of the port. */
  async request<Output extends object, Expected extends object = never>(
    request: S3Request<Output, Expected>,
  ): Promise<{ readonly answer: Output | Expected; readonly storeTimeMs: number }> {
    const { client, clock, place, requestTimeoutMs } = this.#options;
    const { signal } = request;
    signal?.throwIfAborted();
    const limit = new AbortController();
    const expired = Promise.withResolvers<never>();
    const cancel = clock.schedule(requestTimeoutMs, () => {
      limit.abort();
      expired.reject(s3Error(noAnswerIn(requestTimeoutMs), place));
    });
    const abortSignal = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
    try {
      // The race also ends what the SDK does not abort, such as looking for credentials.
      const answer = await Promise.race([request.send(client, { abortSignal }), expired.promise]);
      return { answer, storeTimeMs: this.#timeOf(answer) };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof StreambedError) throw error;
      if (limit.signal.aborted) throw s3Error(noAnswerIn(requestTimeoutMs), place);
      const failure = failureOf(error);
      const answer = request.expect?.(failure);
      if (answer === undefined) throw s3Error(failure, place);
      return { answer, storeTimeMs: this.#timeOf(error) };
    } finally {
      cancel();
    }
  }

  #timeOf(answer: unknown): number {
    const date = typeof answer === "object" && answer !== null ? this.#dates.get(answer) : undefined;
    // A server that sends no Date breaks HTTP; then the local clock has to do.
    return date ?? this.#options.clock.now();
  }

  #watchDates(): void {
    this.#options.client.middlewareStack.add(
      (next) => (args) => this.#noted(next(args), ({ output, response }) => this.#note(output, response)),
      // Outermost of its step: there the answer has been read, successful or not.
      { step: "deserialize", priority: "high" },
    );
  }

  /** What was sent, once the date of its answer is noted: of a success by `note`, of a refusal from the error. */
  async #noted<Result>(sent: Promise<Result>, note: (result: Result) => void): Promise<Result> {
    try {
      const result = await sent;
      note(result);
      return result;
    } catch (error) {
      if (error instanceof Error && "$response" in error) this.#note(error, error.$response);
      throw error;
    }
  }

  #note(answer: unknown, response: unknown): void {
    if (typeof answer !== "object" || answer === null) return;
    if (typeof response !== "object" || response === null || !("headers" in response)) return;
    const headers = response.headers as Readonly<Record<string, string | undefined>>;
    const date = Date.parse(headers["date"] ?? headers["Date"] ?? "");
    if (!Number.isNaN(date)) this.#dates.set(answer, date);
  }
}

function noAnswerIn(timeoutMs: number): S3Failure {
  return { name: "TimeoutError", status: 0, detail: `no answer within ${timeoutMs} ms` };
}
