import { BILL_SAMPLE_MS, BILL_WINDOW_MS } from "./limits.ts";
import type { StoreVerb } from "./metered-store.ts";
import type { PriceList } from "./price-lists.ts";

/** Requests and bytes since the start. */
export interface Usage {
  readonly requests: Readonly<Record<StoreVerb, number>>;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** What requests cost, dollars. */
export interface Bill {
  /** Of this month, as far as this process made them. */
  readonly dollars: number;
  /** At the end of the month, if they go on as in the last hour. */
  readonly projectedDollars: number;
  /** What a whole month at that rate costs. */
  readonly monthlyDollars: number;
}

const MILLION = 1_000_000;
const GIGABYTE = 1_000_000_000;

/** Dollars for some usage at list prices. */
export function costOf({ requests, sentBytes, receivedBytes }: Usage, prices: PriceList): number {
  const writes = requests.PUT + requests.LIST;
  const reads = requests.GET + requests.HEAD;
  const bytes = sentBytes * prices.sentGigabyte + receivedBytes * prices.receivedGigabyte;
  return (writes * prices.writeMillion + reads * prices.readMillion) / MILLION + bytes / GIGABYTE;
}

/** Keeps account of the month. Looks at the clock only when it is asked. */
export class RequestBill {
  readonly #prices: PriceList;
  #month: number;
  /** Cost since the start, at the beginning of this month. */
  #before = 0;
  #samples: { readonly atMs: number; readonly dollars: number }[];

  constructor(prices: PriceList, nowMs: number) {
    this.#prices = prices;
    this.#month = monthOf(nowMs);
    this.#samples = [{ atMs: nowMs, dollars: 0 }];
  }

  /** The bill at this time, given everything since the start. */
  at(nowMs: number, usage: Usage): Bill {
    const total = costOf(usage, this.#prices);
    if (monthOf(nowMs) !== this.#month) {
      this.#month = monthOf(nowMs);
      this.#before = total;
    }
    const dollars = total - this.#before;
    const perMs = this.#rate(nowMs, total);
    const endMs = Date.UTC(new Date(nowMs).getUTCFullYear(), new Date(nowMs).getUTCMonth() + 1);
    return {
      dollars,
      projectedDollars: dollars + perMs * (endMs - nowMs),
      monthlyDollars: perMs * (endMs - Date.UTC(new Date(nowMs).getUTCFullYear(), new Date(nowMs).getUTCMonth())),
    };
  }

  /** Dollars a millisecond over the window. */
  #rate(nowMs: number, total: number): number {
    const newest = this.#samples.at(-1);
    // A clock that jumped makes every sample worthless.
    if (newest !== undefined && nowMs < newest.atMs) this.#samples = [];
    if (newest === undefined || nowMs - newest.atMs >= BILL_SAMPLE_MS)
      this.#samples.push({ atMs: nowMs, dollars: total });
    while (this.#samples.length > 2 && nowMs - (this.#samples[1]?.atMs ?? nowMs) >= BILL_WINDOW_MS)
      this.#samples.shift();
    const oldest = this.#samples[0];
    if (oldest === undefined || nowMs <= oldest.atMs) return 0;
    return (total - oldest.dollars) / (nowMs - oldest.atMs);
  }
}

/** Months are those of the bills: UTC. */
function monthOf(nowMs: number): number {
  const date = new Date(nowMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
