import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { bindHosts } from "./bind-hosts.ts";
import { listenError, systemCode } from "./listen-error.ts";

/** Where to listen. */
export interface BindOptions {
  /** `localhost` binds 127.0.0.1 and, if the machine has it, ::1. */
  readonly host: string;
  /** 0 lets the machine choose. */
  readonly port: number;
  /** What the operator changes to use another port, for error messages. */
  readonly portFlag: string;
}

/** Servers that listen, and where. */
export interface Bound<S extends Server> {
  readonly servers: readonly S[];
  readonly port: number;
  readonly addresses: readonly string[];
}

/** Codes of a machine without IPv6 loopback. */
const NO_SUCH_FAMILY: readonly string[] = ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"];

/** Opens one listener for each address of the host, all on the same port. Errors: see {@link listenError}. */
export async function bind<S extends Server>(door: string, options: BindOptions, make: () => S): Promise<Bound<S>> {
  const servers: S[] = [];
  const addresses: string[] = [];
  let port = options.port;
  for (const { address, optional } of bindHosts(options.host)) {
    const server = make();
    try {
      server.listen({ host: address, port, exclusive: true });
      await once(server, "listening");
    } catch (thrown) {
      const code = systemCode(thrown);
      if (optional && NO_SUCH_FAMILY.includes(code)) continue;
      // A port the machine chose for IPv4 may be taken for IPv6; nobody was promised that one.
      if (optional && options.port === 0 && code === "EADDRINUSE") continue;
      for (const opened of servers) opened.close();
      throw listenError(thrown, { door, host: address, port, portFlag: options.portFlag });
    }
    port = addressOf(server).port;
    servers.push(server);
    addresses.push(address);
  }
  return { servers, port, addresses };
}

/** Stops listening; resolves when the listener and its connections are gone. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("A TCP listener has no TCP address");
  return address;
}
