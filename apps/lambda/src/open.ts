import type { Clock, Logger } from "@streambed/kernel";
import { systemRandom } from "@streambed/kernel";
import { openService } from "@streambed/runtime-lambda";
import type { Service } from "@streambed/runtime-lambda";
import { s3Store } from "@streambed/store-s3";
import type { LambdaSettings } from "./settings.ts";

/** Opens Streambed on the bucket that the settings name. Credentials come from the function's role. */
export function open(
  settings: LambdaSettings,
  parts: { readonly clock: Clock; readonly logger: Logger },
): Promise<Service> {
  const { bucket, prefix, endpoint, region, advertisedUrl } = settings;
  const store = s3Store({
    bucket,
    prefix,
    clock: parts.clock,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  });
  return openService({
    store,
    ...parts,
    random: systemRandom(),
    // Nobody else joins a group inside this instance, so there is nobody to wait for.
    broker: { groupInitialRebalanceDelayMs: 0 },
    rest: advertisedUrl === undefined ? {} : { advertisedUrl },
  });
}
