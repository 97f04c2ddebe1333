import { PACK_LEVEL_MAX } from "../../limits.ts";
import type { LogState } from "../../log-state.ts";
import type { Pack } from "../../pack-table.ts";
import type { HousekeepingSettings } from "../settings.ts";
import { type PackSurvey, surveyPacks } from "./pack-survey.ts";

/** Packs to be merged into packs of the next level. */
export interface MergePlan {
  readonly packs: readonly Pack[];
  readonly level: number;
  readonly retentionClass: number;
}

/** A merge of packs in which a smaller share of the rows can become one with a neighbour moves bytes for nothing. */
const JOINABLE_SHARE_MIN = 0.25;

/**
 * The packs to merge next, lowest level first. Only packs whose rows can be joined are worth it: rows that reached
 * their bounds stay as they are in any pack. And only packs that hold the same partitions: a merge of one level leaves
 * packs side by side, each with other partitions. So a place is looked for that `mergeFanIn` packs of a level cover.
 */
export function planMerge(state: LogState, settings: HousekeepingSettings): MergePlan | undefined {
  const groups = groupPacks(state, settings);
  if (groups.length === 0) return undefined;
  const surveys = surveyPacks(state, settings);
  for (const group of groups) {
    const members = group.map(({ number }) => surveys.get(number)).filter((survey) => survey !== undefined);
    const packs = deepest(members.filter(isWorthIt)).toSorted((left, right) => left.number - right.number);
    const [first] = packs;
    if (first === undefined || packs.length < settings.mergeFanIn) continue;
    const { level, retentionClass } = first;
    return { packs: packs.slice(0, settings.mergeFanIn), level: level + 1, retentionClass };
  }
  return undefined;
}

/** Packs with small parts by level and class, lowest level first, only where there are enough. */
function groupPacks(state: LogState, settings: HousekeepingSettings): Pack[][] {
  const groups = new Map<number, Pack[]>();
  for (const pack of state.packs.values()) {
    if (pack.level >= PACK_LEVEL_MAX || pack.bytes / pack.liveParts >= settings.mergePartBytesMax) continue;
    const key = pack.retentionClass * (PACK_LEVEL_MAX + 1) + pack.level;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pack]);
    else group.push(pack);
  }
  return [...groups.values()]
    .filter((group) => group.length >= settings.mergeFanIn)
    .toSorted(([left], [right]) => (left?.level ?? 0) - (right?.level ?? 0));
}

function isWorthIt({ rows, joinableRows }: PackSurvey): boolean {
  return joinableRows >= rows * JOINABLE_SHARE_MIN;
}

/** The packs at the place that most of them cover. */
function deepest(surveys: readonly PackSurvey[]): Pack[] {
  let best: readonly PackSurvey[] = [];
  for (const { first } of surveys) {
    const covering = surveys.filter((survey) => survey.first <= first && survey.last >= first);
    if (covering.length > best.length) best = covering;
  }
  return best.map(({ pack }) => pack);
}
