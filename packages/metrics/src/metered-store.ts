import { byteLength, StreambedError } from "@streambed/kernel";
import type { Clock, Meter, MetricLabels } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";

/** A verb of the store as the bill knows it. */
export type StoreVerb = "PUT" | "GET" | "HEAD" | "LIST" | "DELETE";

/** All verbs. */
export const STORE_VERBS: readonly StoreVerb[] = ["PUT", "GET", "HEAD", "LIST", "DELETE"];

/** What measuring needs. */
export interface MeteringParts {
  readonly meter: Meter;
  readonly clock: Clock;
}

/** The same store; every request is counted with its outcome, bytes and time. */
export function meteredStore(store: ObjectStore, { meter, clock }: MeteringParts): ObjectStore {
  const measured = async <T>(verb: StoreVerb, work: () => Promise<T>, outcomeOf: (answer: T) => string): Promise<T> => {
    const startedMs = clock.elapsed();
    let outcome = "error";
    try {
      const answer = await work();
      outcome = outcomeOf(answer);
      return answer;
    } catch (error) {
      outcome = error instanceof StreambedError ? error.code : "aborted";
      throw error;
    } finally {
      meter.count("streambed_store_requests_total", 1, { verb, outcome });
      meter.observe("streambed_store_request_seconds", (clock.elapsed() - startedMs) / 1000, VERB_LABELS[verb]);
    }
  };
  return {
    description: store.description,
    get: (key, options) =>
      measured(
        "GET",
        () => store.get(key, options),
        (answer) => {
          if (!answer.found) return "missing";
          meter.count("streambed_store_received_bytes_total", answer.bytes.length);
          return "ok";
        },
      ),
    head: (key) => measured("HEAD", () => store.head(key), foundOrMissing),
    put(key, body, options) {
      // Sent whether or not it is taken, so it is paid for.
      meter.count("streambed_store_sent_bytes_total", byteLength(body));
      const outcomeOf = ({ outcome }: { readonly outcome: string }): string => (outcome === "written" ? "ok" : outcome);
      return measured("PUT", () => store.put(key, body, options), outcomeOf);
    },
    list: (options) => measured("LIST", () => store.list(options), ok),
    delete: (keys) => measured("DELETE", () => store.delete(keys), ok),
  };
}

const VERB_LABELS: Readonly<Record<StoreVerb, MetricLabels>> = {
  PUT: { verb: "PUT" },
  GET: { verb: "GET" },
  HEAD: { verb: "HEAD" },
  LIST: { verb: "LIST" },
  DELETE: { verb: "DELETE" },
};

const ok = (): string => "ok";
const foundOrMissing = ({ found }: { readonly found: boolean }): string => (found ? "ok" : "missing");
