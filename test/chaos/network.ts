import { spawnSync } from "node:child_process";

/*
 * One network namespace for the store, one for each broker and a hub with the clients, joined by a bridge. All
 * addresses exist only inside of these namespaces.
 */
const SUBNET = "10.213.7";
const HUB = "streambed-hub";
const STORE = "streambed-store";

export const HUB_NAMESPACE: string = HUB;
export const STORE_NAMESPACE: string = STORE;
export const STORE_ADDRESS: string = `${SUBNET}.2`;

/** Namespace of broker `id`, from 1. */
export function brokerNamespace(id: number): string {
  return `streambed-b${id}`;
}

/** Address of broker `id`, from 1. */
export function brokerAddress(id: number): string {
  return `${SUBNET}.${10 + id}`;
}

/** Which half of a conversation with the store gets lost. */
export type Cut = "requests" | "answers";

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("ip", args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`ip ${args.join(" ")} failed: ${(error?.message ?? stderr).trim()}`);
}

/** Creates the namespaces. Needs the rights of root. */
export function createNetwork(brokers: number): void {
  removeNetwork(brokers);
  ip("netns", "add", HUB);
  ip("-n", HUB, "link", "set", "lo", "up");
  ip("-n", HUB, "link", "add", "br0", "type", "bridge");
  ip("-n", HUB, "addr", "add", `${SUBNET}.1/24`, "dev", "br0");
  ip("-n", HUB, "link", "set", "br0", "up");
  join(STORE, STORE_ADDRESS, 0);
  for (let id = 1; id <= brokers; id++) join(brokerNamespace(id), brokerAddress(id), id);
}

function join(namespace: string, address: string, number: number): void {
  const port = `port${number}`;
  ip("netns", "add", namespace);
  ip("-n", namespace, "link", "set", "lo", "up");
  ip("-n", HUB, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  ip("-n", HUB, "link", "set", port, "master", "br0", "up");
  ip("-n", namespace, "addr", "add", `${address}/24`, "dev", "eth0");
  ip("-n", namespace, "link", "set", "eth0", "up");
}

/** Removes them, whether they are there or not. */
export function removeNetwork(brokers: number): void {
  const all = [HUB, STORE, ...Array.from({ length: brokers }, (_, at) => brokerNamespace(at + 1))];
  for (const namespace of all) spawnSync("ip", ["netns", "del", namespace], { stdio: "ignore" });
}

/** Cuts a broker off from the store; everybody else still reaches both. Lost answers leave their requests executed. */
export function cutFromStore(id: number, cut: Cut): void {
  if (cut === "requests") ip("-n", brokerNamespace(id), "route", "add", "blackhole", `${STORE_ADDRESS}/32`);
  else ip("-n", STORE, "route", "add", "blackhole", `${brokerAddress(id)}/32`);
}

/** Ends a cut. */
export function healCut(id: number, cut: Cut): void {
  if (cut === "requests") ip("-n", brokerNamespace(id), "route", "del", "blackhole", `${STORE_ADDRESS}/32`);
  else ip("-n", STORE, "route", "del", "blackhole", `${brokerAddress(id)}/32`);
}
