import type { Client } from "@streambed/client";
import { type Clock, type Logger, messageOf, type Random, randomUuid } from "@streambed/kernel";
import { MemoryInstance } from "./memory-instance.ts";
import type { ConsumerInstance, ConsumerInstances, Created, InstanceConfig } from "./port.ts";

/** Parts and settings of {@link memoryInstances}. */
export interface MemoryInstancesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** An instance that nobody uses for so long is closed, milliseconds. */
  readonly timeoutMs: number;
  readonly instancesMax: number;
  /** Part of generated names; may be empty. */
  readonly serverId: string;
}

interface Slot {
  readonly instance: MemoryInstance;
  usedAtMs: number;
  cancelTimer: () => void;
}

/** Keeps consumer instances in the memory of this process. */
export function memoryInstances(options: MemoryInstancesOptions): ConsumerInstances {
  return new MemoryInstances(options);
}

class MemoryInstances implements ConsumerInstances {
  readonly #options: MemoryInstancesOptions;
  readonly #slots = new Map<string, Slot>();

  constructor(options: MemoryInstancesOptions) {
    this.#options = options;
  }

  async create(config: InstanceConfig): Promise<Created> {
    const name = config.name ?? this.#freeName();
    const key = keyOf(config.group, name);
    if (this.#slots.has(key)) return { ok: false, reason: "exists" };
    if (this.#slots.size >= this.#options.instancesMax) return { ok: false, reason: "full" };
    const { client, clock } = this.#options;
    const instance = new MemoryInstance({
      consumer: client.consumer({
        groupId: config.group,
        autoOffsetReset: config.autoOffsetReset,
        enableAutoCommit: config.autoCommit,
        // Expiry is ours: the group must not throw out an instance that its owner may still use.
        maxPollIntervalMs: Math.max(300_000, this.#options.timeoutMs * 2),
      }),
      config,
      clock,
      onUsed: () => this.#touch(key),
    });
    const slot: Slot = { instance, usedAtMs: clock.elapsed(), cancelTimer: () => undefined };
    this.#slots.set(key, slot);
    this.#arm(key, slot, this.#options.timeoutMs);
    return { ok: true, name };
  }

  async find(group: string, name: string): Promise<ConsumerInstance | null> {
    return this.#touch(keyOf(group, name))?.instance ?? null;
  }

  async remove(group: string, name: string): Promise<boolean> {
    const key = keyOf(group, name);
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    await this.#end(key, slot);
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#slots].map(([key, slot]) => this.#end(key, slot)));
  }

  #touch(key: string): Slot | undefined {
    const slot = this.#slots.get(key);
    if (slot !== undefined) slot.usedAtMs = this.#options.clock.elapsed();
    return slot;
  }

  /** One timer per instance; when it fires, it closes the instance or waits for what is left since the last use. */
  #arm(key: string, slot: Slot, delayMs: number): void {
    const { clock, logger, timeoutMs } = this.#options;
    slot.cancelTimer = clock.schedule(delayMs, () => {
      const leftMs = slot.usedAtMs + timeoutMs - clock.elapsed();
      if (leftMs > 0) return this.#arm(key, slot, leftMs);
      this.#end(key, slot).catch((thrown: unknown) => {
        logger.log("warn", "consumer_instance_close_failed", { instance: key, reason: messageOf(thrown) });
      });
    });
  }

  async #end(key: string, slot: Slot): Promise<void> {
    slot.cancelTimer();
    if (this.#slots.get(key) === slot) this.#slots.delete(key);
    await slot.instance.close();
  }

  #freeName(): string {
    const { random, serverId } = this.#options;
    return `rest-consumer-${serverId === "" ? "" : `${serverId}-`}${randomUuid(random)}`;
  }
}

/** Groups and names may hold any character, so the border between them is a length. */
function keyOf(group: string, name: string): string {
  return `${group.length}:${group}/${name}`;
}
