import { PACK_LEVEL_MAX } from "../../limits.ts";
import type { LogState } from "../../log-state.ts";
import type { Pack } from "../../pack-table.ts";
import { packOfSource } from "../../run-index.ts";
import type { HousekeepingSettings } from "../settings.ts";

/** Packs to be merged into packs of the next level. */
export interface MergePlan {
  readonly packs: readonly Pack[];
  readonly level: number;
  readonly retentionClass: number;
}

/** First and last slot of a partition with a run in the pack. */
interface Span {
  readonly pack: Pack;
  readonly first: number;
  readonly last: number;
}

/**
 * The packs to merge next, lowest level first. Only packs that hold the same partitions are worth it: a merge of one
 * level leaves packs side by side, each with other partitions, and putting those together would move bytes for
 * nothing. So a place is looked for that `mergeFanIn` packs of a level cover.
 */
export function planMerge(state: LogState, settings: HousekeepingSettings): MergePlan | undefined {
  const groups = groupPacks(state, settings);
  if (groups.length === 0) return undefined;
  const order = partitionOrder(state);
  const spans = spansOf(state, order);
  for (const group of groups) {
    const members = group.map((pack) => spans.get(pack.number)).filter((span) => span !== undefined);
    const packs = deepest(members).toSorted((left, right) => left.number - right.number);
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

/** Position of each partition, by slot, in the order of parts in a pack. */
function partitionOrder(state: LogState): ReadonlyMap<number, number> {
  const partitions = [...state.rows.partitions].toSorted((left, right) =>
    left.topicId === right.topicId ? left.number - right.number : left.topicId < right.topicId ? -1 : 1,
  );
  return new Map(partitions.map(({ slot }, at) => [slot, at]));
}

function spansOf(state: LogState, order: ReadonlyMap<number, number>): ReadonlyMap<number, Span> {
  const spans = new Map<number, Span>();
  for (const { slot, runs } of state.rows.partitions) {
    const at = order.get(slot) ?? 0;
    for (let index = 0; ; index++) {
      const number = packOfSource(runs.at(index)?.source ?? 0);
      const pack = number === undefined ? undefined : state.packs.get(number);
      if (number === undefined || pack === undefined) break;
      const known = spans.get(number);
      const [first, last] = [Math.min(known?.first ?? at, at), Math.max(known?.last ?? at, at)];
      spans.set(number, { pack, first, last });
    }
  }
  return spans;
}

/** The packs at the place that most of them cover. */
function deepest(spans: readonly Span[]): Pack[] {
  let best: readonly Span[] = [];
  for (const { first } of spans) {
    const covering = spans.filter((span) => span.first <= first && span.last >= first);
    if (covering.length > best.length) best = covering;
  }
  return best.map(({ pack }) => pack);
}
