import type { ClusterMember } from "@streambed/cluster-membership";
import { randomUuid } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { type Advertised, addressText } from "../advertise.ts";
import { watchBroker } from "../broker-gauges.ts";
import { codecs } from "../codecs.ts";
import { openBucket } from "../open-bucket.ts";
import { SINGLE_SERVER, writePath } from "../open-broker.ts";
import type { BrokerSystem, OpenBroker } from "../open-broker.ts";
import type { ServeOptions } from "../serve-options.ts";
import { version } from "../version.ts";
import { httpPeerLink } from "./http-peer-link.ts";
import { openClusterBroker } from "./open-cluster-broker.ts";
import { type StatusDoor, statusDoor } from "./status-door.ts";

/** The place of this process in a cluster: its status door is there before it has joined. */
export interface Seat {
  readonly statusDoor: StatusDoor;
  /** Joins the cluster on the bucket that was asked for. */
  open(options: ServeOptions, http: Advertised, system: BrokerSystem): Promise<OpenBroker>;
}

/** Prepares to join. */
export function takeSeat(random: Random): Seat {
  const incarnation = randomUuid(random);
  let member: ClusterMember | undefined;
  return {
    statusDoor: statusDoor(incarnation, () => member),
    async open(options, http, { memoryBytes, onMustEnd, ...system }) {
      await using opened = new AsyncDisposableStack();
      const bucket = opened.use(
        await openBucket(options.store, { ...system, shards: options.shards, onDurabilityLost: onMustEnd }),
      );
      const link = opened.use(httpPeerLink());
      const place = { incarnation, nodeId: options.broker.nodeId, version: version() };
      const endpoint = { address: system.address, httpUrl: `http://${addressText(http)}` };
      const settings = { ...SINGLE_SERVER, ...options.broker };
      const network = { link, transport: tcpTransport(), codecs };
      const { store, clusterId, shards } = bucket;
      const log = { store, clusterId, shards, writePath: writePath(options, memoryBytes) };
      const open = await openClusterBroker(
        { ...place, ...endpoint, ...network, ...log, ...system, settings, onMustEnd },
        (joined) => void (member = joined),
      );
      opened.use(open);
      watchBroker(system.meter, open.broker, open.shards);
      const running = opened.move();
      return { ...open, [Symbol.asyncDispose]: () => running.disposeAsync() };
    },
  };
}
