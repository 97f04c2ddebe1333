import { inProcessTransport } from "@streambed/broker";
import type { Broker } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import type { Advertised } from "../advertise.ts";

/** For clients in this process: its own broker without sockets, the others over TCP. Port 0 means "whoever is near". */
export function clusterTransport(broker: Broker, own: Advertised, tcp: Transport): Transport {
  const inProcess = inProcessTransport(broker);
  return {
    connect: (address, signal) => {
      const isOwn = address.port === 0 || (address.host === own.host && address.port === own.port);
      return (isOwn ? inProcess : tcp).connect(address, signal);
    },
  };
}
