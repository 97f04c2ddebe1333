import { StreambedError } from "@streambed/kernel";
import type { Client, ClientOptions } from "./types.ts";

/**
 * Makes a client. Nothing is connected before the first call.
 *
 * @throws kind `invalid`, code `INVALID_CONFIG`, when an option is out of range
 */
export function createClient(options: ClientOptions): Client {
  throw new StreambedError({
    kind: "internal",
    code: "NOT_IMPLEMENTED",
    message: `The client of ${options.clientId ?? "streambed"} is being built`,
  });
}
