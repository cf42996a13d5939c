import { domainEventSchema } from '#contracts/strangler/domain-event.js';
import { type Cell, plainRow, rightCell, textTable } from '../output/text-table.js';
import type { NumberedLetter } from './read-letters.js';

/** Of a reason in a table: the whole of it is shown with its letter. */
const shortReason = 60;

/** Letters as a table, oldest first. */
export function lettersTable(letters: readonly NumberedLetter[]): string {
  const heading = plainRow('number', 'put aside', 'consumer', 'event', 'key', 'tries', 'reason');
  return textTable([heading, ...letters.map(letterRow)]);
}

function letterRow({ number, putAsideAt, consumer, event, tries, reason }: NumberedLetter): Cell[] {
  const { type, key } = domainEventSchema.safeParse(event).data ?? { type: '(no event)', key: '' };
  const [line = ''] = reason.split('\n');
  const short = line.length > shortReason ? `${line.slice(0, shortReason - 1)}…` : line;
  return [
    rightCell(number),
    ...plainRow(putAsideAt, consumer, type, key),
    rightCell(tries),
    ...plainRow(short),
  ];
}

/** One letter, with all that there is to know of it. */
export function letterText({ number, consumer, putAsideAt, tries, reason, event }: NumberedLetter): string {
  return [
    `Letter ${number}: ${consumer} could not handle it in ${tries} tries, and put it aside at ${putAsideAt}.`,
    `Reason: ${reason}`,
    JSON.stringify(event, null, 2),
  ].join('\n\n');
}
