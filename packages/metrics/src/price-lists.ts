/** What a store takes for requests, dollars. Storage itself and traffic out of a region are not in here. */
export interface PriceList {
  readonly name: string;
  /** A million PUTs or LISTs. */
  readonly writeMillion: number;
  /** A million GETs or HEADs, also those that find nothing. */
  readonly readMillion: number;
  /** A GB (10^9 bytes) sent and received, where it is charged per request. */
  readonly sentGigabyte: number;
  readonly receivedGigabyte: number;
}

/** Where the prices come from. DELETE is free in all of them. Free allowances are not counted. */
export const PRICES_AS_OF = "2026-01";

/** Names of the price lists. */
export type PriceListName = "s3" | "s3-express" | "r2" | "none";

/** List prices by name. */
export const PRICE_LISTS: Readonly<Record<PriceListName, PriceList>> = {
  /** S3 Standard, us-east-1: https://aws.amazon.com/s3/pricing/ */
  s3: { name: "s3", writeMillion: 5, readMillion: 0.4, sentGigabyte: 0, receivedGigabyte: 0 },
  /** S3 Express One Zone, us-east-1: https://aws.amazon.com/s3/pricing/ */
  "s3-express": {
    name: "s3-express",
    writeMillion: 1.13,
    readMillion: 0.03,
    sentGigabyte: 0.0032,
    receivedGigabyte: 0.0006,
  },
  /** Cloudflare R2, class A and class B: https://developers.cloudflare.com/r2/pricing/ */
  r2: { name: "r2", writeMillion: 4.5, readMillion: 0.36, sentGigabyte: 0, receivedGigabyte: 0 },
  /** A folder, memory, a server of one's own: requests cost nothing. */
  none: { name: "none", writeMillion: 0, readMillion: 0, sentGigabyte: 0, receivedGigabyte: 0 },
};

/** Names of the price lists. */
export const PRICE_LIST_NAMES: readonly PriceListName[] = ["s3", "s3-express", "r2", "none"];
