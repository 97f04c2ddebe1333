import { messageOf, StreambedError } from "@streambed/kernel";

/** What to do about an error at the start, by its code, where the message itself cannot know it. */
const REMEDIES: Readonly<Record<string, string>> = {
  BUCKET_NOT_FOUND: "Create the bucket, or correct --store and AWS_ENDPOINT_URL.",
  STORE_ACCESS_DENIED:
    "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and that they may read and write this bucket.",
  STORE_READ_ONLY: "Make the folder writable for this user, or choose another one with --data.",
  STORE_FULL: "Free some space, or choose another place with --data or --store.",
  STORE_NOT_CONFORMANT: "Use another store: without conditional writes acknowledged records could be lost.",
  STORE_UNAVAILABLE: "Check the network, AWS_ENDPOINT_URL and that the store runs.",
  STORE_TIMEOUT: "Check the network, AWS_ENDPOINT_URL and that the store runs.",
};

/** One clear sentence on why the server did not start, and what to change. */
export function startErrorText(thrown: unknown): string {
  const message = messageOf(thrown);
  if (!(thrown instanceof StreambedError)) return `Streambed did not start: ${message}`;
  if (thrown.code === "USAGE") return message;
  const remedy = REMEDIES[thrown.code];
  return `Streambed did not start: ${message}${remedy === undefined ? "" : ` ${remedy}`}`;
}
