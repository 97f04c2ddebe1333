import { brokerRegistration, checkShape } from "@streambed/contracts";
import type { BrokerRegistration } from "@streambed/contracts";
import { fromUtf8, utf8 } from "@streambed/kernel";
import { REGISTRATION_BYTES_MAX } from "./limits.ts";
import type { RegistryStore } from "./ports/registry-store.ts";

/** Prefix of all registrations in a bucket. */
export const REGISTRY_PREFIX = "brokers/";

/** Key of a broker's registration. */
export function registrationKey(nodeId: number): string {
  return `${REGISTRY_PREFIX}${nodeId}`;
}

/** A registration as it was read, with what is needed to replace it. */
export interface StoredRegistration {
  readonly registration: BrokerRegistration;
  readonly etag: string;
}

/** The brokers of a cluster as the bucket names them: who may be there, not who is. */
export class Registry {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** For messages. */
  get description(): string {
    return this.#store.description;
  }

  /** Every registration. What cannot be read as one is left out: a newer version may have put it there. */
  async list(): Promise<readonly StoredRegistration[]> {
    const nodeIds = await this.nodeIds();
    const found = await Promise.all(nodeIds.map((nodeId) => this.read(nodeId)));
    return found.filter((stored) => stored !== undefined);
  }

  /** Node ids that are taken, ascending. */
  async nodeIds(): Promise<number[]> {
    const nodeIds: number[] = [];
    let after: string | undefined;
    do {
      const page = await this.#store.list({ prefix: REGISTRY_PREFIX, ...(after === undefined ? {} : { after }) });
      for (const { key } of page.objects) {
        const text = key.slice(REGISTRY_PREFIX.length);
        if (/^\d{1,10}$/.test(text)) nodeIds.push(Number(text));
      }
      after = page.next;
    } while (after !== undefined);
    return nodeIds.sort((left, right) => left - right);
  }

  async read(nodeId: number): Promise<StoredRegistration | undefined> {
    const found = await this.#store.get(registrationKey(nodeId));
    if (!found.found || found.bytes.length > REGISTRATION_BYTES_MAX) return undefined;
    const shape = checkShape(brokerRegistration, parse(found.bytes));
    // The key decides: a copy under another number is nobody's registration.
    if (!shape.ok || shape.value.nodeId !== nodeId) return undefined;
    return { registration: shape.value, etag: found.etag };
  }

  /** Writes a registration where there is none, or in place of the one with this etag. False when somebody was faster. */
  async write(registration: BrokerRegistration, replaces?: string): Promise<boolean> {
    const condition =
      replaces === undefined ? ({ kind: "absent" } as const) : ({ kind: "etag", etag: replaces } as const);
    const body = [utf8(`${JSON.stringify(registration, null, 2)}\n`)];
    const { outcome } = await this.#store.put(registrationKey(registration.nodeId), body, { condition });
    return outcome === "written";
  }

  /** Removes a registration, unless another process has taken its place. */
  async remove(registration: Pick<BrokerRegistration, "nodeId" | "incarnation">): Promise<void> {
    const stored = await this.read(registration.nodeId);
    if (stored?.registration.incarnation !== registration.incarnation) return;
    await this.#store.delete([registrationKey(registration.nodeId)]);
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    return undefined;
  }
}
