import type { Connection } from 'mysql2/promise';
import { AppError } from '#platform/errors/app-error.js';

/** Accounts under which a session would be taken for the sidecar's. */
export interface ExemptAccounts {
  /** As `name@host`; undefined where this account may not look. */
  accounts: readonly string[] | undefined;
}

/**
 * Looks which accounts the guard exempts: all of the sidecar's name, from whatever host.
 * @throws AppError `failed` where there is none of that name, or an account without a name lets clients choose one
 */
export async function checkAccounts(connection: Connection, applier: string): Promise<ExemptAccounts> {
  const rows = await readAccounts(connection, applier);
  if (rows === undefined) return { accounts: undefined };
  const anonymous = rows.find(({ user }) => user === '');
  if (anonymous)
    throw new AppError(
      'failed',
      `The account ''@'${anonymous.host}' lets a client log in under any name, also as ${applier}, which the guard exempts. ` +
        `Remove it first: DROP USER ''@'${anonymous.host}';`,
    );
  if (rows.length === 0)
    throw new AppError(
      'failed',
      `There is no account ${applier}: the guard would refuse what the sidecar replicates. Name the account of the sidecar ` +
        'beside this database.',
    );
  return { accounts: rows.map(({ user, host }) => `${user}@${host}`) };
}

async function readAccounts(
  connection: Connection,
  applier: string,
): Promise<{ user: string; host: string }[] | undefined> {
  try {
    // Roles have no host, and nobody logs in by them.
    const [rows] = await connection.query(
      "SELECT user AS user, host AS host FROM mysql.user WHERE CAST(user AS BINARY) IN ('', ?) AND host <> '' ORDER BY user, host",
      [applier],
    );
    return rows as { user: string; host: string }[];
  } catch (error) {
    if (noAccess.has((error as { errno?: number }).errno ?? 0)) return undefined;
    throw error;
  }
}

const noAccess = new Set([1044, 1142, 1143]);
