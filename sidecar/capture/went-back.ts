import { GtidSet } from '@vlasky/zongji';
import type { Position } from '#contracts/strangler/change-message.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import { CaptureStopped } from './capture-error.js';

/** The source's database lacks transactions that the replica has, whatever it calls those that it has made since. */
export class SourceWentBack extends CaptureStopped {
  constructor(schema: string, capability: string, seen: string) {
    super(
      'source_went_back',
      `the database ${schema} has gone back in time: ${seen}. It was restored from a backup or a snapshot, lost the end of its log in a ` +
        'crash, or a replica without its tail took its place. Rows that were written since may differ, and nothing is skipped ' +
        `or read from the replica until somebody has decided: "strangler data verify ${capability}" lists the rows, ` +
        `"strangler data backfill ${capability} --new-chain" goes on from the database as it is`,
    );
    this.name = 'SourceWentBack';
  }
}

/**
 * Checks that the server still has every transaction before a place.
 * @throws SourceWentBack
 */
export async function checkExecuted(
  connection: Connection,
  mariadb: boolean,
  schema: string,
  capability: string,
  { gtid }: Position,
): Promise<void> {
  if (gtid === null) return;
  const executed = await executedGtids(connection, mariadb);
  if (hasExecuted(executed, gtid)) return;
  throw new SourceWentBack(
    schema,
    capability,
    `the replica has its transactions ${gtid}, it has executed ${executed || 'none'}`,
  );
}

async function executedGtids(connection: Connection, mariadb: boolean): Promise<string> {
  const variable = mariadb ? '@@GLOBAL.gtid_binlog_state' : '@@GLOBAL.gtid_executed';
  const [row] = await selectRows<{ gtid: string }>(connection, `SELECT ${variable} AS gtid`);
  return (row?.gtid ?? '').replaceAll(/\s/g, '');
}

/**
 * Whether a server has executed all of some transactions.
 * @param executed MySQL's `gtid_executed`, or MariaDB's `gtid_binlog_state`, which has an entry for each domain and server
 * @param wanted a set of MySQL, or a position of MariaDB
 */
export function hasExecuted(executed: string, wanted: string): boolean {
  if (wanted === '') return true;
  if (wanted.includes(':')) {
    const set = GtidSet.parse(executed);
    return GtidSet.parse([executed, wanted].filter(Boolean).join(',')).toString() === set.toString();
  }
  const newest = new Map<string, bigint>();
  for (const one of executed.split(',').filter(Boolean)) {
    const [of, sequence] = splitGtid(one);
    newest.set(of, sequence);
  }
  return wanted.split(',').every((one) => {
    const [of, sequence] = splitGtid(one);
    return (newest.get(of) ?? -1n) >= sequence;
  });
}

/** `0-1-102` as `0-1` and 102. */
function splitGtid(gtid: string): [string, bigint] {
  const end = gtid.lastIndexOf('-');
  return [gtid.slice(0, end), BigInt(gtid.slice(end + 1))];
}
