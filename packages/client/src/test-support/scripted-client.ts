import { seededRandom } from "@streambed/kernel";
import { createClient } from "../create-client.ts";
import type { Client, ClientOptions } from "../types.ts";
import { ScriptedCluster } from "./scripted-cluster.ts";
import { TestClock } from "./test-clock.ts";

/** A client, the cluster it talks to, and the time both live in. */
export interface Scripted {
  readonly client: Client;
  readonly cluster: ScriptedCluster;
  readonly clock: TestClock;
}

/** Sets up a client on a scripted cluster. */
export function scripted(nodeCount: number = 1, options: Partial<ClientOptions> = {}): Scripted {
  const cluster = new ScriptedCluster(nodeCount);
  const clock = new TestClock();
  const client = createClient({
    transport: cluster,
    bootstrap: [{ host: "node0", port: 9092 }],
    clock,
    random: seededRandom(1),
    ...options,
  });
  return { client, cluster, clock };
}
