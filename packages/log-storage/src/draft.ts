import type { Command } from "./command.ts";
import type { BatchInput } from "./entry-codec.ts";
import type { EntryOutcome } from "./log-state.ts";
import type { ProposalOutcome, Waiting } from "./write-queue.ts";

/** Where a batch of an entry came from. */
interface Origin {
  readonly proposal: number;
  readonly batch: number;
}

/** The contents of an entry, put together from several proposals, and the way back to them. */
export interface Draft {
  readonly proposals: readonly Waiting[];
  readonly commands: readonly Command[];
  /** Grouped by partition, so that a partition's bytes lie together and are read with one range. */
  readonly batches: readonly BatchInput[];
  readonly origins: readonly Origin[];
}

/** Puts proposals into one entry. Order within a partition is the order of arrival. */
export function draftEntry(proposals: readonly Waiting[]): Draft {
  const groups = new Map<string, { batch: BatchInput; origin: Origin }[]>();
  for (const [proposal, { batches }] of proposals.entries()) {
    for (const [index, batch] of batches.entries()) {
      const key = `${batch.inline ? 0 : 1}${batch.topicId}${batch.partition}`;
      const member = { batch, origin: { proposal, batch: index } };
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [member]);
      else group.push(member);
    }
  }
  const members = [...groups.values()].flat();
  return {
    proposals,
    commands: proposals.flatMap(({ commands }) => commands),
    batches: members.map(({ batch }) => batch),
    origins: members.map(({ origin }) => origin),
  };
}

/** Gives every proposal of a committed draft its own part of the outcome. */
export function answerDraft(draft: Draft, outcome: Extract<EntryOutcome, { valid: true }>): void {
  const answers = draft.proposals.map(({ batches }) =>
    Array.from<ProposalOutcome["batches"][number]>({ length: batches.length }),
  );
  for (const [at, batchOutcome] of outcome.batches.entries()) {
    const origin = draft.origins[at];
    const answer = origin === undefined ? undefined : answers[origin.proposal];
    if (origin !== undefined && answer !== undefined) answer[origin.batch] = batchOutcome;
  }
  let command = 0;
  for (const [index, proposal] of draft.proposals.entries()) {
    const commands = outcome.commands.slice(command, command + proposal.commands.length);
    command += proposal.commands.length;
    proposal.resolve({ commands, batches: answers[index] ?? [] });
  }
}
