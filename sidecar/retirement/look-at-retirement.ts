import type { Move, Side } from '#contracts/strangler/move.js';
import type { RetirementAnswer } from '#contracts/strangler/retirement.js';
import { instancesTable, usesTable } from '#platform/ownership/retirement-tables.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import { readRetirement } from '../state/retirement-row.js';
import { findDependents } from './find-dependents.js';
import { lookAtTables } from './retired-tables.js';

/** Instances that were not heard of for so many seconds are taken to have ended. */
const heardWithin = 30;
const mostUses = 20;

/** All that is known here of one side's part of a capability, and of who still uses it. */
export async function lookAtRetirement(
  connection: Connection,
  move: Move,
  side: Side,
  replicating: boolean,
): Promise<RetirementAnswer> {
  const { capability } = move;
  const tables = await lookAtTables(connection, move, side);
  const [{ now, since } = { now: '', since: null }] = await selectRows<{ now: string; since: string | null }>(
    connection,
    `SELECT UTC_TIMESTAMP(3) AS now, (SELECT MIN(started_at) FROM ${instancesTable}) AS since`,
  );
  return {
    ...{ capability, side, replicating, tables },
    state: await readRetirement(connection, capability),
    dependents: side === 'monolith' ? await findDependents(connection, alive(tables)) : [],
    openWork: side === 'monolith' ? await countOpenWork(connection, move, tables) : [],
    uses: await readUses(connection, capability),
    instances: await readInstances(connection, capability),
    notedSince: since === null ? null : iso(since),
    at: iso(now),
  };
}

function alive(tables: RetirementAnswer['tables']): string[] {
  return tables.flatMap(({ table, state }) => (state === 'alive' ? [table] : []));
}

/** What can't be counted any more is over: its table is archived. */
async function countOpenWork(
  connection: Connection,
  { leftBehind }: Move,
  tables: RetirementAnswer['tables'],
): Promise<RetirementAnswer['openWork']> {
  if (tables.some(({ state }) => state !== 'alive')) return [];
  const found: RetirementAnswer['openWork'] = [];
  for (const { what, sql } of leftBehind?.openWork ?? []) {
    const [row] = await selectRows<{ count: number }>(connection, sql);
    if (Number(row?.count) > 0) found.push({ what, count: Number(row?.count) });
  }
  return found;
}

async function readUses(connection: Connection, capability: string): Promise<RetirementAnswer['uses']> {
  const rows = await selectRows<{ endpoint: string; usedAt: string }>(
    connection,
    `SELECT endpoint, used_at AS usedAt FROM ${usesTable} WHERE capability = ? ORDER BY used_at DESC LIMIT ${mostUses}`,
    [capability],
  );
  return rows.map(({ endpoint, usedAt }) => ({ endpoint, usedAt: iso(usedAt) }));
}

async function readInstances(
  connection: Connection,
  capability: string,
): Promise<RetirementAnswer['instances']> {
  const rows = await selectRows<{ instance: string; seenAt: string; closed: string }>(
    connection,
    `SELECT instance, seen_at AS seenAt, closed FROM ${instancesTable}
     WHERE seen_at > UTC_TIMESTAMP(3) - INTERVAL ${heardWithin} SECOND ORDER BY instance`,
  );
  return rows.map(({ instance, seenAt, closed }) => ({
    ...{ instance, seenAt: iso(seenAt) },
    follows: closed.split(',').includes(capability),
  }));
}

/** The database's own writing of a time, which is UTC here. */
function iso(time: string): string {
  return new Date(`${time.replace(' ', 'T')}Z`).toISOString();
}
