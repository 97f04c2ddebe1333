import type { LogState } from "../log-state.ts";
import type { Topic } from "../partition.ts";

/** Topics in the order of their parts in a pack. */
export function sortedTopics({ topics }: Pick<LogState, "topics">): Topic[] {
  return [...topics.values()].toSorted((left, right) => (left.topicId < right.topicId ? -1 : 1));
}
