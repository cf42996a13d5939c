import { AppError } from '#platform/errors/app-error.js';
import { count } from '../../control/verify/describe-result.js';
import { verifyCapability } from '../../control/verify/verify-capability.js';
import type { Place, VerifyProgress, VerifyResult } from '../../control/verify/verify-result.js';
import { notReachable, wrongUsage } from '../output/exit-codes.js';
import type { Places } from '../system/locate-system.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { differenceTable, keysInOtherForm, unconfirmedText } from './difference-table.js';
import { durationText } from './duration-text.js';
import { withSidecars } from './with-sidecars.js';

export interface VerifyOptions {
  table?: string;
  buckets?: readonly number[];
  from?: string;
  /** Milliseconds of rest between two stretches of a table. */
  rest?: number;
  most: number;
  json?: boolean;
}

/**
 * Compares both sides of a capability, and shows each row that really differs.
 * @throws AppError `failed` when rows differ, `not_reachable` when it could not be done
 */
export async function verifyData(
  places: Places,
  capability: string,
  options: VerifyOptions,
  terminal: Terminal,
  whenAskedToEnd: () => AbortSignal,
): Promise<void> {
  const from = options.from === undefined ? undefined : readPlace(options.from);
  const result = await withSidecars(places, (nats) =>
    verifyCapability({
      nats,
      capability,
      most: options.most,
      signal: whenAskedToEnd(),
      onProgress: (progress) => terminal.progress(progressText(progress)),
      ...(options.table === undefined ? {} : { table: options.table }),
      ...(options.buckets === undefined ? {} : { buckets: options.buckets }),
      ...(options.rest === undefined ? {} : { rest: options.rest }),
      ...(from === undefined ? {} : { from }),
    }),
  );
  terminal.progress('');
  if (options.json) printJson(terminal, result);
  else terminal.print(verifyText(result, terminal.colours));
  if (result.outcome === 'different') throw new AppError('failed', differText(result));
  if (result.outcome === 'unknown') throw notReachable(unknownText(result));
}

/** The result as a person reads it. */
function verifyText(result: VerifyResult, colours: Terminal['colours']): string {
  const { capability, tables, differences, unconfirmed, seconds, rowsPerSecond } = result;
  return [
    ...tables.map(
      ({ table, monolithTable, rows }) =>
        `${capability}: ${monolithTable} on the monolith ${rows.monolith} rows, ${table} on the service ${rows.service} rows`,
    ),
    ...(differences.length > 0 ? ['', differenceTable(differences, colours)] : []),
    ...keysInOtherForm(differences).map((line) => `! ${line}`),
    ...(unconfirmed.length > 0 ? ['', 'not settled:', ...unconfirmedText(unconfirmed)] : []),
    ...(result.outcome === 'equal'
      ? [colours.green(`no difference, after ${durationText(seconds)} at ${rowsPerSecond} rows/s`)]
      : []),
  ].join('\n');
}

function differText({ capability, differences, more, problem }: VerifyResult): string {
  return (
    `${more ? 'At least ' : ''}${count(differences.length, 'row')} of ${capability} ${differences.length === 1 ? 'differs' : 'differ'} from ` +
    `what the owner has. "npx strangler data repair ${capability}" says what is to be done.` +
    (problem === null ? '' : `\nNot everything was compared: ${problem}.`)
  );
}

function unknownText({ capability, problem, unconfirmed, reached }: VerifyResult): string {
  const why = problem ?? `${count(unconfirmed.length, 'row')} could not be settled`;
  return (
    `${capability} could not be verified: ${why}.` +
    (reached
      ? `\nGo on where it was: npx strangler data verify ${capability} --from ${writePlace(reached)}`
      : '')
  );
}

function progressText({
  table,
  rows,
  estimate,
  rowsPerSecond,
  secondsLeft,
  suspected,
  differences,
}: VerifyProgress): string {
  const left = secondsLeft === null ? '' : `, about ${durationText(secondsLeft)} left`;
  return (
    `${table}: ${rows} of about ${Math.max(rows, estimate)} rows, ${rowsPerSecond} rows/s${left}; ` +
    `${suspected} looked at again, ${differences} wrong`
  );
}

function writePlace(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function readPlace(text: string): Place {
  try {
    const { table, after } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Place;
    if (typeof table === 'string' && (after === null || Array.isArray(after))) return { table, after };
  } catch {
    // Told below.
  }
  throw wrongUsage(`"${text}" is no place: take what an earlier "data verify" has said behind --from.`);
}
