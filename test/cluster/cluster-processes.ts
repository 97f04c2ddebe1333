import { createClient } from "@streambed/client";
import type { Client } from "@streambed/client";
import type { ClusterStatus } from "@streambed/contracts";
import { systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { setTimeout as pause } from "node:timers/promises";
import { AcknowledgedLedger } from "../durability/acknowledged-ledger.ts";
import { startServerProcess } from "../server/server-process.ts";
import type { ServerProcess } from "../server/server-process.ts";

/** Brokers of a cluster, as processes. */
export interface ClusterProcesses extends AsyncDisposable {
  readonly servers: readonly ServerProcess[];
  /** A client that knows all of them. */
  connect(): Client;
  /** The broker that says it owns the shard, and nobody says otherwise. Waits until there is one. */
  owner(): Promise<ServerProcess>;
  /** Starts another one, on the ports of one that has ended when it is given. */
  start(former?: ServerProcess): Promise<ServerProcess>;
}

/** Where the brokers keep their data, and what they need to reach it. */
export interface ClusterPlace {
  readonly main: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a broker says about itself; undefined when it does not answer. */
export async function statusOf({ restUrl }: ServerProcess): Promise<ClusterStatus | undefined> {
  try {
    const answer = await fetch(`${restUrl}/cluster/v1/status`, { signal: AbortSignal.timeout(1_000) });
    return answer.ok ? ((await answer.json()) as ClusterStatus) : undefined;
  } catch {
    return undefined;
  }
}

/** Starts so many brokers on one place. */
export async function startCluster(count: number, place: ClusterPlace): Promise<ClusterProcesses> {
  const servers: ServerProcess[] = [];
  const start = async (former?: ServerProcess): Promise<ServerProcess> => {
    const ports = former === undefined ? {} : { kafkaPort: former.kafkaPort, httpPort: former.httpPort };
    const args = ["--cluster", ...place.args];
    const server = await startServerProcess({ ...place, ...ports, args });
    const at = former === undefined ? servers.length : servers.indexOf(former);
    servers[at] = server;
    return server;
  };
  for (let at = 0; at < count; at++) await start();
  return {
    servers,
    start,
    connect: () =>
      createClient({
        transport: tcpTransport(),
        bootstrap: servers.map(({ kafkaPort: port }) => ({ host: "127.0.0.1", port })),
        clock: systemClock(),
        random: systemRandom(),
        reconnectBackoffMs: 20,
        reconnectBackoffMaxMs: 100,
        retryBackoffMs: 20,
        retryBackoffMaxMs: 100,
        // A process that stands still answers nothing: how soon a client gives a request up is its own setting.
        requestTimeoutMs: 2_000,
      }),
    async owner() {
      for (;;) {
        const statuses = await Promise.all(servers.map((server) => statusOf(server)));
        const newest = Math.max(...statuses.map((status) => status?.shards[0]?.epoch ?? -1));
        const at = statuses.findIndex(
          (status) => status?.shards[0]?.leading === true && status.shards[0].epoch === newest,
        );
        const found = servers[at];
        if (found !== undefined) return found;
        await pause(20);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.child.kill("SIGCONT");
      await Promise.all(servers.map((server) => server.stop("SIGKILL")));
    },
  };
}

/** An idempotent producer that never rests, and what it was promised. */
export class BusyProducer {
  readonly ledger: AcknowledgedLedger = new AcknowledgedLedger();
  readonly #topic: string;
  readonly #partitions: number;
  readonly #stop = new AbortController();
  readonly #work: Promise<void>;
  /** Why sends failed. Retriable errors are not seen here. */
  readonly failures: string[] = [];
  /** When acknowledgements came, `performance.now()`. */
  readonly #acknowledgedMs: number[] = [];

  constructor(client: Client, topic: string, partitions: number) {
    this.#topic = topic;
    this.#partitions = partitions;
    this.#work = this.#produce(client);
  }

  /** The longest time without an acknowledgement since `fromMs`. */
  longestGapMs(fromMs: number): number {
    const times = [fromMs, ...this.#acknowledgedMs.filter((ms) => ms >= fromMs), performance.now()];
    return times.slice(1).reduce((longest, ms, at) => Math.max(longest, ms - (times[at] ?? ms)), 0);
  }

  /** Resolves once so many calls have been acknowledged after `fromMs`. */
  async whenAcknowledged(count: number, fromMs: number): Promise<void> {
    while (this.#acknowledgedMs.filter((ms) => ms > fromMs).length < count) await pause(10);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #produce(client: Client): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    for (let call = 0; !this.#stop.signal.aborted; call++) {
      const values = Array.from({ length: this.#partitions * 2 }, (_, at) => `${call}-${at}`);
      const records = values.map((value, at) => ({ value: utf8(value), partition: at % this.#partitions }));
      const results = await producer.send(this.#topic, records);
      this.ledger.add(values, results);
      for (const result of results) if (!result.ok) this.failures.push(`${result.error.code}: ${result.error.message}`);
      if (results.every(({ ok }) => ok)) this.#acknowledgedMs.push(performance.now());
    }
  }
}
