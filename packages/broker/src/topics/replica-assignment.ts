import { itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";

/** Why the replicas that somebody chose by hand are not possible; undefined when they are. */
export function assignmentProblem(
  replicas: readonly (readonly number[])[],
  brokers: readonly { readonly nodeId: number }[],
): ItemError | undefined {
  const known = new Set(brokers.map(({ nodeId }) => nodeId));
  const refused = (message: string): ItemError => itemError("INVALID_REPLICA_ASSIGNMENT", message);
  for (const [partition, brokerIds] of replicas.entries()) {
    if (brokerIds.length === 0) return refused(`The assignment of partition ${partition} names no broker.`);
    if (new Set(brokerIds).size < brokerIds.length) return refused(`Partition ${partition} names a broker twice.`);
    const unknown = brokerIds.find((id) => !known.has(id));
    if (unknown !== undefined) return refused(`Partition ${partition} names broker ${unknown}, which is not there.`);
  }
  return undefined;
}
