import type { ConformanceCase } from "../conformance-case.ts";
import { clusterCases } from "./cluster.ts";
import { configCases } from "./configs.ts";
import { deleteRecordsCases } from "./delete-records.ts";
import { fetchCases } from "./fetch.ts";
import { groupCases } from "./groups.ts";
import { listOffsetsCases } from "./list-offsets.ts";
import { memberCases } from "./members.ts";
import { offsetCases } from "./offsets.ts";
import { produceCases } from "./produce.ts";
import { topicCases } from "./topics.ts";

/** Every sequence of requests that both peers are given. */
export const CASES: readonly ConformanceCase[] = [
  ...clusterCases,
  ...topicCases,
  ...configCases,
  ...deleteRecordsCases,
  ...produceCases,
  ...fetchCases,
  ...listOffsetsCases,
  ...groupCases,
  ...memberCases,
  ...offsetCases,
];
