import { escape, escapeId } from 'mysql2';
import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import { AppError } from '#platform/errors/app-error.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { bucketFunctionName } from './bucket-function.js';
import { type ColumnFacts, isFilledLate, keyAsText } from './key-column.js';
import { shortName } from './short-name.js';

/** What a program does to a row. */
export type RowEvent = 'INSERT' | 'UPDATE' | 'DELETE';

/** A trigger that keeps rows from being written on the side that does not own them. */
export interface GuardTrigger {
  table: string;
  event: RowEvent;
  timing: 'BEFORE' | 'AFTER';
  body: string;
}

/** What the triggers of a capability are made for. */
export interface GuardedSide {
  move: Move;
  side: Side;
  /** Account, without host, by which the sidecar writes replicated rows: they are not refused. */
  applier: string;
}

const events: readonly RowEvent[] = ['INSERT', 'UPDATE', 'DELETE'];

/**
 * The triggers that guard a capability's tables on one side. Each takes the shared lock on the ownership row of the row's
 * bucket, as the guard in a program does, and refuses the statement where this side does not own it. A refused statement
 * has changed nothing, however many rows it has passed before.
 *
 * They run before the row is written, so that the ownership row is locked first; where the owning key has its value only
 * then, behind it.
 * @param ownedBy facts of the owning key's column, by table
 * @throws AppError `failed` for a key that can't be guarded so, `wrong_usage` for an account that can't be told exactly
 */
export function guardTriggers(
  { move, side, applier }: GuardedSide,
  ownedBy: ReadonlyMap<string, ColumnFacts>,
): GuardTrigger[] {
  const exempt = isApplier(applier);
  return move.tables.flatMap(({ [side]: { table, ownedBy: name } }) => {
    const column = ownedBy.get(table);
    if (!column)
      throw new AppError('failed', `The table ${table} has no column ${name}, which owns its rows.`);
    return events.map((event) => ({
      table,
      event,
      timing: event !== 'DELETE' && isFilledLate(column) ? ('AFTER' as const) : ('BEFORE' as const),
      body: triggerBody(move.capability, side, event, column, exempt),
    }));
  });
}

/**
 * Whether the session is the applier's, in SQL. `USER()` is the name that the client has logged in by: no session can
 * change it, and it is not the trigger's own account, which `CURRENT_USER()` would be. It is compared byte by byte.
 */
function isApplier(applier: string): string {
  if (!/^[\w.$-]{1,80}$/.test(applier))
    throw new AppError(
      'wrong_usage',
      `The sidecar's account must be a name of letters, digits and any of _ . $ -, without its host, not ${JSON.stringify(applier)}.`,
    );
  const start = `${applier}@`;
  return `CAST(LEFT(USER(), ${start.length}) AS BINARY) = ${escape(start)} AND LOCATE('@', USER(), ${start.length + 1}) = 0`;
}

/** The account that a trigger's text exempts; undefined where it is no text of ours. */
export function applierIn(body: string): string | undefined {
  return /AS BINARY\) = '([\w.$-]+)@'/.exec(body)?.[1];
}

function triggerBody(
  capability: string,
  side: Side,
  event: RowEvent,
  column: ColumnFacts,
  exempt: string,
): string {
  const bucketOf = (row: string): string =>
    `${escapeId(bucketFunctionName(capability), true)}(${keyAsText(column, row)})`;
  const hold = (bucket: string): string => holdBucket(capability, side, bucket);
  if (event !== 'UPDATE')
    return `BEGIN
  ${declarations}
  IF NOT (${exempt}) THEN
    SET strangler_bucket = ${bucketOf(event === 'INSERT' ? 'NEW' : 'OLD')};
    ${hold('strangler_bucket')}
  END IF;
END`;
  const binary = (row: string): string => `CAST(${keyAsText(column, row)} AS BINARY)`;
  return `BEGIN
  ${declarations}
  DECLARE strangler_second TINYINT UNSIGNED;
  IF NOT (${exempt}) THEN
    SET strangler_bucket = ${bucketOf('NEW')};
    IF NOT (${binary('OLD')} <=> ${binary('NEW')}) THEN
      SET strangler_second = ${bucketOf('OLD')};
      IF strangler_second < strangler_bucket THEN
        ${hold('strangler_second')}
      END IF;
    END IF;
    ${hold('strangler_bucket')}
    IF strangler_second > strangler_bucket THEN
      ${hold('strangler_second')}
    END IF;
  END IF;
END`;
}

/** Names that no column has: in a trigger, a variable hides a column of its name. */
const declarations = `DECLARE strangler_bucket, strangler_held TINYINT UNSIGNED;
  DECLARE strangler_refusal VARCHAR(128) CHARACTER SET utf8mb4;`;

/** Most characters of a message that MySQL takes. */
const longestMessage = 128;

function holdBucket(capability: string, side: Side, bucket: string): string {
  const owners = escapeId(ownershipTable(capability), true);
  const owner = otherSide(side);
  return `SELECT COUNT(*) INTO strangler_held FROM ${owners}
      WHERE bucket = ${bucket} AND state = 'owned' LOCK IN SHARE MODE;
    IF strangler_held = 0 THEN
      SET strangler_refusal = LEFT(CONCAT('strangler: bucket ', ${bucket}, ${escape(` of ${capability} (epoch `)},
        COALESCE((SELECT epoch FROM ${owners} WHERE bucket = ${bucket}), 'unknown'),
        ${escape(`) belongs to the ${owner}: write it there, or through the gateway`)}), ${longestMessage});
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = strangler_refusal;
    END IF;`;
}

/** A trigger is replaced by one of another name, so that the table is guarded at every moment: these two take turns. */
const generations = ['a', 'b'] as const;

/** The names that a guarding trigger may have. */
export function triggerNames({ table, event }: Pick<GuardTrigger, 'table' | 'event'>): [string, string] {
  const of = (generation: string): string =>
    shortName('strangler_guard_', table, `_${event.toLowerCase()}_${generation}`);
  return [of(generations[0]), of(generations[1])];
}

/** The statement that creates a trigger, behind the table's other triggers: what they change in a row is seen. */
export function createTrigger({ table, event, timing, body }: GuardTrigger, name: string): string {
  return `CREATE TRIGGER ${escapeId(name, true)} ${timing} ${event} ON ${escapeId(table, true)} FOR EACH ROW\n${body}`;
}
