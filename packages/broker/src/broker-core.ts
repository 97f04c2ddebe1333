import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import type { PartitionedLog } from "@streambed/log-storage";
import type { Codecs } from "@streambed/protocol";
import type { GroupService } from "./groups/group-service.ts";
import type { ClusterView } from "./ports/cluster-view.ts";
import type { ProducerIds } from "./producer-ids.ts";
import type { BrokerSettings } from "./settings.ts";

/** What handlers work with. */
export interface BrokerCore {
  readonly log: PartitionedLog;
  readonly clusterId: string;
  readonly settings: BrokerSettings;
  readonly cluster: ClusterView;
  readonly groups: GroupService;
  readonly producerIds: ProducerIds;
  readonly codecs: Codecs;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
  /** APIs and versions that are advertised, by API key. */
  readonly apiVersions: readonly {
    readonly apiKey: number;
    readonly minVersion: number;
    readonly maxVersion: number;
  }[];
}
