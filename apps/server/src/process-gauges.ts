import type { Clock } from "@streambed/kernel";
import { PRICE_LISTS, RequestBill, usageOf } from "@streambed/metrics";
import type { MetricRegistry, PriceListName } from "@streambed/metrics";

/** The process itself, and what its requests cost. */
export function watchProcess(
  metrics: MetricRegistry,
  options: { readonly clock: Clock; readonly version: string; readonly priceList: PriceListName },
): void {
  const { clock, version, priceList } = options;
  const bill = new RequestBill(PRICE_LISTS[priceList], clock.now());
  const startedSeconds = (clock.now() - performance.now()) / 1000;
  metrics.onScrape(() => {
    const { user, system } = process.cpuUsage();
    metrics.set("process_cpu_seconds_total", (user + system) / 1_000_000);
    metrics.set("process_resident_memory_bytes", process.memoryUsage.rss());
    metrics.set("process_start_time_seconds", startedSeconds);
    metrics.set("streambed_build_info", 1, { version });
    const { dollars, projectedDollars } = bill.at(clock.now(), usageOf(metrics));
    metrics.set("streambed_request_bill_dollars", dollars, { price_list: priceList });
    metrics.set("streambed_request_bill_projected_dollars", projectedDollars, { price_list: priceList });
  });
}
