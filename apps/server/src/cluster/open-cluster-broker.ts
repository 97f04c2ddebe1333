import { controllerLink, createBroker } from "@streambed/broker";
import type { BrokerSettings } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import { ClusterMember, joinCluster, Registry } from "@streambed/cluster-membership";
import type { PeerLink } from "@streambed/cluster-membership";
import { silentMeter, sleep } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random, StreambedError } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import type { Codecs } from "@streambed/protocol";
import type { Advertised } from "../advertise.ts";
import { keepHouse } from "../keep-house.ts";
import type { OpenBroker, WritePath } from "../open-broker.ts";
import { openShardSet } from "../shard-set.ts";
import { clusterTransport } from "./cluster-transport.ts";
import { MemberView } from "./member-view.ts";
import { watchHealth } from "./store-health.ts";

/** How long a start waits until the cluster has an owner, milliseconds; it serves either way. */
const OWNER_WAIT_MS = 5_000;

/** How long it then waits for the others' first answers, milliseconds: one of them may stand still. */
const ANSWER_WAIT_MS = 1_000;

/** What a broker of a cluster is made of. */
export interface ClusterBrokerParts {
  readonly store: ObjectStore;
  readonly clusterId: string;
  /** Shards of the cluster. */
  readonly shards: number;
  readonly codecs: Codecs;
  /** The node id that was asked for; undefined: the lowest free one. */
  readonly nodeId: number | undefined;
  /** Identifies this process among those that had or will have its place. */
  readonly incarnation: string;
  readonly address: Advertised;
  /** Where other brokers ask for the status. */
  readonly httpUrl: string;
  readonly version: string;
  readonly settings: Partial<BrokerSettings>;
  readonly writePath: WritePath;
  /** To the status doors and the Kafka doors of other brokers. */
  readonly link: PeerLink;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter?: Meter;
  /** The process must end, because its log is of no use any more or another process has its place. */
  readonly onMustEnd: (error: StreambedError) => void;
}

/** A broker that is a member of a cluster. */
export interface ClusterBroker extends OpenBroker {
  readonly member: ClusterMember;
  leave(): Promise<void>;
}

/**
 * Joins the cluster on a bucket: registers, opens the log without owning it, and begins to ask, answer and decide.
 * `onMember` hears of the member before it asks anybody, so that the status door is there when others ask back.
 */
export async function openClusterBroker(
  parts: ClusterBrokerParts,
  onMember: (member: ClusterMember) => void,
): Promise<ClusterBroker> {
  const { clusterId, address, link, transport, clock, random, logger, meter = silentMeter, onMustEnd } = parts;
  await using opened = new AsyncDisposableStack();
  const { store, isHealthy: isStoreHealthy } = watchHealth(parts.store, clock);
  const registry = new Registry(store);
  const self = await joinCluster({ registry, link, clock, nodeId: parts.nodeId, self: endpointOf(parts) });
  const system = { clock, random, logger, meter };
  const own = { ownership: "owned", nodeId: self.nodeId, ...parts.writePath } as const;
  const opening = { store, count: parts.shards, options: { ...own, ...system }, onHalt: onMustEnd };
  const set = opened.use(await openShardSet({ ...opening, ...system }));
  const { log } = set;
  const shards = new Map(log.shards.entries());
  const cluster = { clusterId, registry, link, shards, isStoreHealthy, ...system };
  const onUnknownShard = (): void => set.look();
  const member = new ClusterMember({ self, onEvicted: onMustEnd, onUnknownShard, ...cluster });
  const view = new MemberView(member, log, clock);
  const controller = controllerLink({ self: self.nodeId, view, transport, log, clock, logger });
  opened.defer(() => controller.close());
  view.controller = controller;
  const { host: advertisedHost, port: advertisedPort } = address;
  const settings = { ...parts.settings, nodeId: self.nodeId, advertisedHost, advertisedPort };
  const broker = createBroker(
    { log, storedGroups: set.groups, clusterId, cluster: view, codecs: parts.codecs, ...system },
    settings,
  );
  opened.defer(() => broker.close());
  const houses = opened.use(
    keepHouse(log.shards, {
      codecs: parts.codecs,
      settings: broker.core.settings,
      isOwner: ({ ownership }) => ownership.isOurs,
      ...system,
    }),
  );
  set.onShard = (shard, number) => {
    houses.add(shard);
    member.addShard(number, shard);
  };
  onMember(member);
  await member.start();
  // The first commands after a start should find a leader; a cluster whose store is slow is served all the same.
  await untilTrue(() => view.controllerId !== -1, OWNER_WAIT_MS, clock);
  // They, and the first words of the server, should know of all that are there.
  await untilTrue(() => !member.isAsking, ANSWER_WAIT_MS, clock);
  const running = opened.move();
  const others = view.brokers.map(({ nodeId }) => nodeId).filter((nodeId) => nodeId !== self.nodeId);
  return {
    broker,
    shards: log.shards,
    member,
    cluster: { nodeId: self.nodeId, others },
    clusterId,
    store: parts.store.description,
    transport: clusterTransport(broker, address, transport),
    async leave() {
      await member.leave();
      await member.stop().catch((error: unknown) => logger.log("warn", "deregister-failed", { error: String(error) }));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function endpointOf(parts: ClusterBrokerParts): Parameters<typeof joinCluster>[0]["self"] {
  const { incarnation, address, httpUrl, version, clock } = parts;
  return { incarnation, ...address, httpUrl, rack: null, startedMs: clock.now(), version };
}

/** Until it holds, or so many milliseconds have passed. */
async function untilTrue(holds: () => boolean, limitMs: number, clock: Clock): Promise<void> {
  const untilMs = clock.elapsed() + limitMs;
  while (!holds() && clock.elapsed() < untilMs) await sleep(clock, 20);
}
