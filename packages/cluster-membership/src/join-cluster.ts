import type { BrokerRegistration } from "@streambed/contracts";
import { sleep, StreambedError } from "@streambed/kernel";
import type { Clock } from "@streambed/kernel";
import { JOIN_ATTEMPTS_MAX, PROBE_ATTEMPTS, PROBE_TIMEOUT_MS } from "./limits.ts";
import type { PeerLink } from "./ports/peer-link.ts";
import type { Registry, StoredRegistration } from "./registry.ts";

/** What joining needs. */
export interface JoinParts {
  readonly registry: Registry;
  readonly link: PeerLink;
  readonly clock: Clock;
  /** The node id that was asked for; undefined: the lowest free one. */
  readonly nodeId: number | undefined;
  /** This process, whatever node id it gets. */
  readonly self: Omit<BrokerRegistration, "nodeId">;
}

/**
 * Registers this process and so decides its node id. A registration of a dead process is taken over when its number was
 * asked for or when it had our address; a living one never is.
 *
 * @throws kind `conflict`, code `NODE_ID_TAKEN` when a living broker has the number that was asked for
 */
export async function joinCluster(parts: JoinParts): Promise<BrokerRegistration> {
  for (let attempt = 0; attempt < JOIN_ATTEMPTS_MAX; attempt++) {
    const place = parts.nodeId === undefined ? await choosePlace(parts) : await claimPlace(parts, parts.nodeId);
    const registration = { ...parts.self, nodeId: place.nodeId };
    if (await parts.registry.write(registration, place.replaces)) return registration;
  }
  throw new StreambedError({
    kind: "conflict",
    code: "NODE_ID_CONTENDED",
    retriable: true,
    message: "Other brokers took every node id first; start again.",
  });
}

interface Place {
  readonly nodeId: number;
  /** Etag of the registration to replace. */
  readonly replaces: string | undefined;
}

async function choosePlace({ registry, link, clock, self }: JoinParts): Promise<Place> {
  const registered = await registry.list();
  const former = registered.find(({ registration: { host, port } }) => host === self.host && port === self.port);
  if (former !== undefined && !(await isAlive(former.registration, { link, clock })))
    return { nodeId: former.registration.nodeId, replaces: former.etag };
  const taken = new Set(await registry.nodeIds());
  let nodeId = 1;
  while (taken.has(nodeId)) nodeId++;
  return { nodeId, replaces: undefined };
}

async function claimPlace({ registry, link, clock }: JoinParts, nodeId: number): Promise<Place> {
  const stored = await registry.read(nodeId);
  if (stored === undefined) return { nodeId, replaces: undefined };
  if (await isAlive(stored.registration, { link, clock })) throw nodeIdTaken(stored, registry.description);
  return { nodeId, replaces: stored.etag };
}

/** Whether the very process that registered answers. A broker that is only slow gets a few chances. */
export async function isAlive(
  broker: BrokerRegistration,
  { link, clock }: { readonly link: PeerLink; readonly clock: Clock },
): Promise<boolean> {
  for (let attempt = 0; attempt < PROBE_ATTEMPTS; attempt++) {
    const stop = new AbortController();
    const cancel = clock.schedule(PROBE_TIMEOUT_MS, () => stop.abort(new Error("no answer in time")));
    const answer = await link.ask(broker, { waitMs: 0 }, stop.signal);
    cancel();
    if (answer.kind === "answered") return answer.status.incarnation === broker.incarnation;
    if (answer.kind === "starting") return answer.incarnation === broker.incarnation;
    if (answer.kind === "refused") return false;
    await sleep(clock, PROBE_TIMEOUT_MS / PROBE_ATTEMPTS);
  }
  return false;
}

function nodeIdTaken({ registration }: StoredRegistration, where: string): StreambedError {
  const { nodeId, host, port } = registration;
  return new StreambedError({
    kind: "conflict",
    code: "NODE_ID_TAKEN",
    message: `Node id ${nodeId} belongs to a running broker at ${host}:${port} on ${where}. Choose another --node-id, or leave it out.`,
  });
}
