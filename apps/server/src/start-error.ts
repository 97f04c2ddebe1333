import { messageOf, StreambedError } from "@streambed/kernel";

/** The flag to change, by error code, where the adapter that threw cannot know our flags. */
const FLAGS: Readonly<Record<string, string>> = {
  STORE_READ_ONLY: "Or choose another folder with --data.",
  STORE_FOLDER_INVALID: "Or choose another folder with --data.",
  STORE_FULL: "Or choose another place with --data or --store.",
  BUCKET_NOT_FOUND: "Or correct --store and AWS_ENDPOINT_URL.",
  STORE_UNAVAILABLE: "Check --store and AWS_ENDPOINT_URL.",
  STORE_TIMEOUT: "Check --store and AWS_ENDPOINT_URL.",
};

/** What ends a server that runs. */
const STOPS: ReadonlySet<string> = new Set(["STORE_FSYNC_FAILED", "LOG_STALE", "NODE_ID_LOST"]);

/** One clear sentence on why the server did not start, and what to change. */
export function startErrorText(thrown: unknown): string {
  const message = messageOf(thrown);
  if (!(thrown instanceof StreambedError)) return `Streambed did not start: ${message}`;
  if (thrown.code === "USAGE") return message;
  if (STOPS.has(thrown.code)) return `Streambed stops: ${message}`;
  const flag = FLAGS[thrown.code];
  return `Streambed did not start: ${message}${flag === undefined ? "" : ` ${flag}`}`;
}
