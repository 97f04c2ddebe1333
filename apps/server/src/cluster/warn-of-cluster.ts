import { isAlive, Registry } from "@streambed/cluster-membership";
import type { Clock, Logger } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import { httpPeerLink } from "./http-peer-link.ts";

/** Says that brokers of a cluster run on the bucket that this process is about to use alone. */
export async function warnOfCluster(
  store: ObjectStore,
  parts: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  using link = httpPeerLink();
  const registered = await new Registry(store).list();
  const living = await Promise.all(
    registered.map(async ({ registration }) =>
      (await isAlive(registration, { link, ...parts })) ? [registration] : [],
    ),
  );
  const names = living.flat().map(({ nodeId, host, port }) => `${nodeId} at ${host}:${port}`);
  if (names.length === 0) return;
  const message =
    "Brokers of a cluster use this bucket. This one does not belong to them, so both are slow and clients of one " +
    "are not sent to the other; start it with --cluster.";
  parts.logger.log("warn", "cluster-on-bucket", { brokers: names.join(", "), message });
}
