import type { CompletionLook, CompletionState } from '#contracts/strangler/completion.js';
import type { Terminal } from '../output/terminal.js';
import { plainRow, textTable } from '../output/text-table.js';

type Colours = Terminal['colours'];

/** What a step does, for people. */
export const stepTexts: Record<CompletionState, string> = {
  comparing: 'all rows of both sides are compared; nothing is changed yet',
  leaving: 'the gateways are told to send the monolith nothing more',
  closing: 'the monolith answers 410',
  checking: 'all conditions are looked at once more; until here it can be undone',
  ending: 'the service keeps its buckets for good',
  retiring: "the monolith's side ends its replication",
  archiving: "the monolith's tables are renamed",
  completed: 'completed',
  dropping: 'the archive is being removed',
  dropped: 'the archive is removed',
  undoing: 'everything goes back to as it was',
};

/** Which conditions hold, and what the monolith still has and is asked. */
export function completionText(
  { capability, completion, conditions, monolith }: CompletionLook,
  colours: Colours,
): string {
  const head = plainRow('CONDITION', '', 'SEEN').map((cell) => ({ ...cell, paint: colours.dim }));
  const rows = conditions.map(({ name, met, seen }) => [
    { text: name },
    met ? { text: 'holds', paint: colours.green } : { text: 'MISSING', paint: colours.red },
    { text: seen },
  ]);
  const uses = monolith?.uses ?? [];
  return [
    completion
      ? `${capability}: ${stepTexts[completion.state]}${completion.problem === null ? '' : `; it waits for ${completion.problem}`}`
      : `${capability}: nothing is changed by looking`,
    ...(completion && !completion.canBeUndone ? [] : [textTable([head, ...rows])]),
    ...conditions.flatMap(({ advice }) => (advice === null ? [] : [colours.yellow(`! ${advice}`)])),
    ...(monolith
      ? [
          `tables of the monolith: ${monolith.tables.map(({ table, state }) => `${table} ${state}`).join(', ')}`,
        ]
      : []),
    ...(uses.length > 0 ? ['what the monolith was asked last:'] : []),
    ...uses.map(({ endpoint, usedAt }) => `  ${usedAt}  ${endpoint}`),
  ].join('\n');
}
