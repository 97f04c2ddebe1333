import type { Address, Client, Transport } from "@streambed/client";
import { createClient } from "@streambed/client";
import { systemClock, systemRandom } from "@streambed/kernel";
import { defaultCodecs } from "@streambed/protocol";

/** Streambed somewhere, as the end-to-end suite uses it. */
export interface Deployment extends AsyncDisposable {
  /** Answers the REST API. */
  fetch(request: Request): Promise<Response>;
  /** Kafka requests, as any client sends them. */
  readonly transport: Transport;
  readonly bootstrap: Address;
  /** Ends whatever runs, without a goodbye, and lets it run again over the same bucket. */
  restart(): Promise<void>;
}

/** A Kafka client of a deployment. */
export function clientOf({ transport, bootstrap }: Deployment): Client {
  return createClient({
    transport,
    bootstrap: [bootstrap],
    clientId: "end-to-end",
    codecs: defaultCodecs,
    clock: systemClock(),
    random: systemRandom(),
  });
}
