import { type Connection, createConnection } from 'mysql2/promise';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { AppError } from '#platform/errors/app-error.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { bucketFunction } from './bucket-function.js';
import { checkAccounts } from './check-accounts.js';
import { explainRefusal } from './explain-refusal.js';
import { applierIn, type GuardedSide, type GuardTrigger, guardTriggers } from './guard-triggers.js';
import { type FoundGuard, type FoundTrigger, readGuard } from './read-guard.js';
import {
  judgeFunction,
  judgeTriggers,
  othersOf,
  planInstallation,
  planRemoval,
  type Statement,
  type TriggerReport,
} from './plan-guard.js';

/** How the guard of a capability stands on one side. */
export interface GuardStatus {
  /** The account whose writes are not refused; undefined where no trigger names one. */
  applier: string | undefined;
  /** All accounts of that name, as `name@host`; undefined where this account may not look. */
  exempt: readonly string[] | undefined;
  function: ReturnType<typeof judgeFunction>;
  triggers: readonly TriggerReport[];
  /** Triggers of others on the guarded tables. */
  others: readonly FoundTrigger[];
  /** What is wrong and not said by the states above, as sentences. */
  problems: readonly string[];
}

/** What an installation will do. */
export interface Installation {
  statements: readonly Statement[];
  others: readonly FoundTrigger[];
  exempt: readonly string[] | undefined;
}

/** How long a trigger waits for transactions that use its table, in seconds; writes that come then queue behind it. */
const tableWait = 5;

/**
 * Opens a connection to look at a guard, or to change it.
 * @param url `mysql://user:password@host:port/schema`
 */
export async function connectToGuard(url: string): Promise<Connection> {
  const connection = await createConnection({ uri: url, charset: 'utf8mb4_bin', connectTimeout: 10_000 });
  connection.on('error', () => undefined);
  for (const statement of sessionSettings) await connection.query(statement);
  return connection;
}

/** A trigger keeps the settings under which it was made: they are always the same. */
export const sessionSettings: readonly string[] = [
  'SET NAMES utf8mb4 COLLATE utf8mb4_bin',
  `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', lock_wait_timeout = ${tableWait}`,
];

/**
 * What would bring the guard in place.
 * @throws AppError `failed` with what is in the way: no table, no owners, a key that can't be guarded, accounts that would let
 *   others by
 */
export async function planGuard(connection: Connection, guarded: GuardedSide): Promise<Installation> {
  const { move, side, applier } = guarded;
  const found = await readGuard(connection, guarded, ownershipTable(move.capability));
  const wanted = guardTriggers(guarded, found.ownedBy);
  if (found.owners?.rows !== bucketCount)
    throw new AppError(
      'failed',
      `The table ${ownershipTable(move.capability)} of the ${side}'s schema ${found.schema} ` +
        `${found.owners ? `has ${found.owners.rows} rows instead of ${bucketCount}` : 'is not there'}: nobody could tell who owns a ` +
        'row. Create it first, with one row for each bucket.',
    );
  const { accounts } = await checkAccounts(connection, applier);
  return {
    statements: planInstallation(move.capability, wanted, found),
    others: othersOf(wanted, found),
    exempt: accounts,
  };
}

/**
 * Runs statements one after the other.
 * @param onBegin told of each before it is run
 * @throws AppError `failed` that names the right that is missing, with the statement that gives it
 */
export async function runStatements(
  connection: Connection,
  statements: readonly Statement[],
  onBegin: (what: string) => void,
): Promise<void> {
  for (const { what, sql } of statements) {
    onBegin(what);
    try {
      await connection.query(sql);
    } catch (error) {
      throw await explainRefusal(connection, what, error);
    }
  }
}

/** @param applier as installed where undefined */
export async function guardStatus(
  connection: Connection,
  { move, side, applier }: Omit<GuardedSide, 'applier'> & { applier: string | undefined },
): Promise<GuardStatus> {
  const found = await readGuard(connection, { move, side }, ownershipTable(move.capability));
  const exempted = applier ?? installedApplier(found);
  const wanted = guardTriggers({ move, side, applier: exempted ?? 'nobody' }, found.ownedBy);
  const status = {
    applier: exempted,
    function: judgeFunction(bucketFunction(move.capability), found),
    triggers: judgeTriggers(wanted, found),
    others: othersOf(wanted, found),
  };
  const problems: string[] = [];
  let exempt: GuardStatus['exempt'];
  try {
    if (exempted !== undefined) exempt = (await checkAccounts(connection, exempted)).accounts;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    problems.push(error.message);
  }
  problems.push(...(await missingDefiners(connection, status.triggers)));
  if (found.owners?.rows !== bucketCount)
    problems.push(
      `The table ${ownershipTable(move.capability)} does not have its ${bucketCount} rows: writes of the missing buckets are refused.`,
    );
  return { ...status, exempt, problems };
}

function installedApplier({ triggers }: FoundGuard): string | undefined {
  return triggers
    .filter(({ name }) => name.startsWith('strangler_guard_'))
    .map(({ body }) => applierIn(body))
    .find((name) => name !== undefined);
}

/** A trigger whose account is gone refuses every write, whoever owns the row. */
async function missingDefiners(
  connection: Connection,
  triggers: readonly TriggerReport[],
): Promise<string[]> {
  const definers = new Set(triggers.flatMap(({ found }) => found.map(({ definer }) => definer)));
  const missing: string[] = [];
  for (const definer of definers) {
    const at = definer.lastIndexOf('@');
    try {
      const [rows] = await connection.query('SELECT 1 FROM mysql.user WHERE user = ? AND host = ?', [
        definer.slice(0, at),
        definer.slice(at + 1),
      ]);
      if ((rows as unknown[]).length === 0)
        missing.push(
          `The account ${definer}, with whose rights the triggers run, is gone: every write is refused. Create it again, or ` +
            'remove the guard and install it by another account.',
        );
    } catch {
      return [];
    }
  }
  return missing;
}

/**
 * What would take the guard away.
 * @param evenIfOwnedElsewhere also where this side does not own all buckets
 * @throws AppError `failed` where it does not: then nothing would refuse a write on the wrong side any more
 */
export async function planGuardRemoval(
  connection: Connection,
  { move, side }: Omit<GuardedSide, 'applier'>,
  evenIfOwnedElsewhere: boolean,
): Promise<Statement[]> {
  const found = await readGuard(connection, { move, side }, ownershipTable(move.capability));
  const elsewhere = bucketCount - (found.owners?.owned ?? bucketCount);
  if (elsewhere > 0 && !evenIfOwnedElsewhere)
    throw new AppError(
      'failed',
      `The ${side} does not own ${elsewhere} of ${bucketCount} buckets of ${move.capability}: without the guard, writes to their rows would ` +
        'be accepted here and lost. Hand them over first, or say --unguarded if nothing writes here any more.',
    );
  const events: readonly GuardTrigger['event'][] = ['INSERT', 'UPDATE', 'DELETE'];
  const wanted = move.tables.flatMap(({ [side]: { table } }) => events.map((event) => ({ table, event })));
  return planRemoval(move.capability, wanted, found);
}

/** Whether everything is as it has to be. */
export function isGuarded({ function: state, triggers, problems }: GuardStatus): boolean {
  return (
    (state === 'in place' || state === 'unreadable') &&
    triggers.every((trigger) => trigger.state === 'in place') &&
    problems.length === 0
  );
}
