import type { LogState } from "../../log-state.ts";
import type { Pack } from "../../pack-table.ts";
import type { Partition } from "../../partition.ts";
import { packOfSource, type Run } from "../../run-index.ts";
import { type Extent, joined, rowBoundsOf } from "../row-bounds.ts";
import type { HousekeepingSettings } from "../settings.ts";
import { policyOf, type TopicPolicy } from "../topic-policy.ts";

/** What a merge of a pack would be good for. */
export interface PackSurvey {
  readonly pack: Pack;
  /** First and last partition with a row in the pack, counted in the order of parts. */
  first: number;
  last: number;
  rows: number;
  /** Rows that could become one with the row next to them, of this pack or another one of its level and class. */
  joinableRows: number;
}

/** A row in a pack, and whether the row behind it could be joined with it. */
interface SurveyedRow {
  readonly survey: PackSurvey;
  readonly isClean: boolean;
  /** With those before it that it can be joined with. */
  readonly extent: Extent;
  isCounted: boolean;
}

/** Looks through the rows of all packs. */
export function surveyPacks(state: LogState, settings: HousekeepingSettings): ReadonlyMap<number, PackSurvey> {
  const order = partitionOrder(state);
  const policies = new Map<string, TopicPolicy>();
  const surveys = new Map<number, PackSurvey>();
  for (const partition of state.rows.partitions) {
    const { topicId, slot, runs } = partition;
    const configs = state.topics.get(topicId)?.configs ?? new Map();
    const policy = policies.get(topicId) ?? policyOf({ configs }, settings);
    policies.set(topicId, policy);
    const place = order.get(slot) ?? 0;
    let before: SurveyedRow | undefined;
    for (let index = 0; ; index++) {
      const run = runs.at(index);
      const pack = state.packs.get(packOfSource(run?.source ?? 0) ?? -1);
      if (run === undefined || pack === undefined) break;
      const survey = surveys.get(pack.number) ?? { pack, first: place, last: place, rows: 0, joinableRows: 0 };
      surveys.set(pack.number, survey);
      survey.first = Math.min(survey.first, place);
      survey.last = Math.max(survey.last, place);
      survey.rows++;
      before = withRow(before, { survey, run, isClean: isClean(partition, run) }, policy);
    }
  }
  return surveys;
}

/** Whether topic compaction has cleaned all of a run. Clean and dirty rows stay apart, or the clean ones would count as dirty. */
export function isClean({ cleanedOffset }: Partition, { endOffset }: Run): boolean {
  return endOffset <= cleanedOffset;
}

/** Position of each partition, by slot, in the order of parts in a pack. */
function partitionOrder(state: LogState): ReadonlyMap<number, number> {
  const partitions = [...state.rows.partitions].toSorted((left, right) =>
    left.topicId === right.topicId ? left.number - right.number : left.topicId < right.topicId ? -1 : 1,
  );
  return new Map(partitions.map(({ slot }, at) => [slot, at]));
}

function withRow(
  before: SurveyedRow | undefined,
  { survey, run, isClean: clean }: { survey: PackSurvey; run: Run; isClean: boolean },
  policy: TopicPolicy,
): SurveyedRow {
  const row = { survey, isClean: clean, extent: run, isCounted: false };
  if (before === undefined || before.isClean !== clean || !isSameKind(before.survey.pack, survey.pack)) return row;
  const extent = joined(before.extent, run, rowBoundsOf(policy, clean));
  if (extent === undefined) return row;
  if (!before.isCounted) before.survey.joinableRows++;
  survey.joinableRows++;
  return { ...row, extent, isCounted: true };
}

function isSameKind(left: Pack, right: Pack): boolean {
  return left.level === right.level && left.retentionClass === right.retentionClass;
}
