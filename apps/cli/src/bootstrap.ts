import type { Address } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";

/** Where commands look for a broker when nothing else is said. */
export const DEFAULT_BOOTSTRAP = "localhost:9092";

/**
 * Parses Kafka's bootstrap list: `host:port,host:port`, IPv6 hosts in brackets.
 * @throws kind `invalid`, code `INVALID_BOOTSTRAP_SERVER`
 */
export function parseBootstrap(list: string): readonly Address[] {
  const addresses = list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map(parseAddress);
  if (addresses.length === 0) throw invalid(list);
  return addresses;
}

function parseAddress(item: string): Address {
  const match = /^(?:[A-Z_]+:\/\/)?(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<name>[^:/[\]\s]+)):(?<port>\d{1,5})$/.exec(item);
  const host = match?.groups?.["ipv6"] ?? match?.groups?.["name"];
  const port = Number(match?.groups?.["port"]);
  if (host === undefined || port < 1 || port > 65_535) throw invalid(item);
  return { host, port };
}

function invalid(item: string): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "INVALID_BOOTSTRAP_SERVER",
    message: `"${item}" is not a broker address: write host:port, e.g. localhost:9092, several separated by commas.`,
  });
}
