import type { ChildProcess } from "node:child_process";
import { prepareKafka, spawnKafka } from "../../tools/peers/kafka.ts";
import { freePort } from "../../tools/peers/processes.ts";
import { spawnStreambed } from "../../tools/peers/streambed.ts";

export type ServerName = "kafka" | "streambed";

export interface Launch {
  readonly port: number;
  /** Everything before this call (formatting Kafka's storage) is not part of the boot time. */
  readonly spawn: () => Promise<ChildProcess>;
}

/** Prepares a server on an empty folder. */
export async function prepare(name: ServerName, dir: string): Promise<Launch> {
  if (name === "kafka") {
    const { config, port } = await prepareKafka({ dir });
    return { port, spawn: () => spawnKafka({ config, dir }) };
  }
  const [port, httpPort] = [await freePort(), await freePort()];
  return { port, spawn: () => spawnStreambed({ dir, port, httpPort }) };
}
