import { appendFileSync } from 'node:fs';

/**
 * Reports how much a long suite has done, for the table at the end of `npm test`: time that a run saves must not come from
 * doing less without a word.
 * @param operations a name for each kind of operation, e.g. `{ orders: 120, kills: 6 }`
 */
export function reportOperations(suite: string, operations: Readonly<Record<string, number>>): void {
  const file = process.env['TEST_OPERATIONS_FILE'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ suite, operations })}\n`);
}
