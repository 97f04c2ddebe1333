import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { StreambedError } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import { createRegistry, meteredStore } from "@streambed/metrics";
import type { MetricRegistry } from "@streambed/metrics";
import { closeStore, openStore, parseStoreLocation, type StoreLocation } from "@streambed/server";
import type { CliContext } from "./context.ts";

/** Options of commands that look into a bucket themselves, without a broker. */
export interface StoreOptions {
  readonly store: string;
}

/** A bucket that is looked at, and what that has cost so far. */
export interface LookedAt {
  readonly store: ObjectStore;
  readonly location: StoreLocation;
  readonly metrics: MetricRegistry;
}

/** Adds `--store`. */
export function addStore(command: Command): Command {
  return command.addOption(
    new Option("-s, --store <where>", "a folder, or s3://bucket/prefix with AWS's variables").default("./data"),
  );
}

/** Opens the bucket for a command and closes it afterwards, also when the command fails. */
export async function withStore<T>(
  { terminal, clock, random }: CliContext,
  { store: where }: StoreOptions,
  run: (lookedAt: LookedAt) => Promise<T>,
): Promise<T> {
  const location = parseStoreLocation(where, terminal.environment);
  if (location.kind === "memory") throw notThere("memory: ends with its server, so there is nothing to look at.");
  if (location.kind === "folder" && !existsSync(location.path)) {
    throw notThere(`There is no folder ${location.path}. \`streambed serve --data ${location.path}\` makes it.`);
  }
  const adapter = await openStore(location, { clock, random });
  const metrics = createRegistry();
  try {
    return await run({ store: meteredStore(adapter, { meter: metrics, clock }), location, metrics });
  } finally {
    await closeStore(adapter);
  }
}

function notThere(message: string): StreambedError {
  return new StreambedError({ kind: "not-found", code: "STORE_NOT_THERE", message });
}
