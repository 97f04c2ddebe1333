import type { ContractCase } from "./contract-case.ts";
import { deleteCases } from "./delete-cases.ts";
import { getCases } from "./get-cases.ts";
import { listCases } from "./list-cases.ts";
import { putCases } from "./put-cases.ts";
import { swapCases } from "./swap-cases.ts";

/** Everything the log relies on in a bucket, as claims that run anywhere. */
export const objectStoreContract: readonly ContractCase[] = [
  ...putCases,
  ...swapCases,
  ...getCases,
  ...listCases,
  ...deleteCases,
];
