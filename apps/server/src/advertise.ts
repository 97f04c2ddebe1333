import { hostname } from "node:os";
import type { Listening } from "@streambed/runtime-node";

/** An address as clients are told. */
export interface Advertised {
  readonly host: string;
  readonly port: number;
}

const EVERYWHERE: readonly string[] = ["0.0.0.0", "::", ""];

/** Where Kafka clients are told to come back to: what was asked for, or the address that was bound. */
export function advertised(
  asked: { readonly host: string; readonly advertisedHost: string | null; readonly advertisedPort: number | null },
  door: Pick<Listening, "port" | "addresses">,
): Advertised {
  return { host: asked.advertisedHost ?? boundName(asked.host, door), port: asked.advertisedPort ?? door.port };
}

/** `host:port`, as it stands in a URL. */
export function addressText({ host, port }: Advertised): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function boundName(host: string, door: Pick<Listening, "addresses">): string {
  // No client can connect to "every address"; the machine's name is the best guess, as in Kafka.
  if (EVERYWHERE.includes(host)) return hostname();
  // A client may try ::1 first and stop there, so the name is given out only when both addresses answer.
  if (host === "localhost" && !door.addresses.includes("::1")) return "127.0.0.1";
  return host;
}
