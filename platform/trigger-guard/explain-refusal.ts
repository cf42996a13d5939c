import { escape, escapeId } from 'mysql2';
import type { Connection } from 'mysql2/promise';
import { AppError } from '#platform/errors/app-error.js';

/** A right that is missing, and the statement that gives it. */
interface MissingRight {
  right: string;
  statement: string;
}

interface ServerError {
  errno?: number;
  message?: string;
}

const denied = new Set([1044, 1142, 1227, 1370]);
const logsFunctions = 1419;
const waitedTooLong = 1205;
const accessToLog = 'log_bin_trust_function_creators';

/** Says what keeps a statement of the guard from being run, and what to do. */
export async function explainRefusal(connection: Connection, what: string, error: unknown): Promise<unknown> {
  const { errno = 0, message = '' } = error as ServerError;
  if (errno === waitedTooLong)
    return new AppError(
      'failed',
      `Could not ${what}: a transaction has used the table for longer than the wait for it. Nothing of this statement was done; ` +
        'try again, or end that transaction (SHOW PROCESSLIST).',
      { cause: error },
    );
  if (!denied.has(errno) && errno !== logsFunctions) return error;
  const missing = await missingRights(connection);
  const lines = missing.map(({ right, statement }) => `  ${right}: ${statement};`);
  return new AppError(
    'failed',
    `Could not ${what}: ${message}\n` +
      (lines.length > 0 ? `This account lacks\n${lines.join('\n')}\n` : '') +
      'Or let an administrator run what --print shows.',
    { cause: error },
  );
}

/** Rights that the guard's statements need and this account has not been given, as far as the server shows them. */
async function missingRights(connection: Connection): Promise<MissingRight[]> {
  const [rows] = await connection.query(
    `SELECT CURRENT_USER() AS account, DATABASE() AS \`schema\`, @@log_bin AS logs, @@${accessToLog} AS trusts`,
  );
  const [{ account, schema, logs, trusts }] = rows as [
    { account: string; schema: string; logs: number; trusts: number },
  ];
  const at = account.lastIndexOf('@');
  const grantee = `${escape(account.slice(0, at))}@${escape(account.slice(at + 1))}`;
  const [granted] = await connection.query(
    `SELECT privilege_type AS name FROM information_schema.user_privileges WHERE grantee = ?
     UNION SELECT privilege_type FROM information_schema.schema_privileges
     WHERE grantee = ? AND DATABASE() LIKE table_schema`,
    [grantee, grantee],
  );
  const has = new Set((granted as { name: string }[]).map(({ name }) => name.toUpperCase()));
  const onSchema = ['TRIGGER', 'CREATE ROUTINE', 'ALTER ROUTINE', 'EXECUTE', 'SELECT']
    .filter((right) => !has.has(right))
    .map((right) => ({
      right,
      statement: `GRANT ${right} ON ${escapeId(schema, true)}.* TO ${grantee}`,
    }));
  const mayLog = trusts || !logs || has.has('SUPER') || has.has('BINLOG ADMIN');
  return mayLog
    ? onSchema
    : [...onSchema, { right: accessToLog, statement: `SET GLOBAL ${accessToLog} = 1` }];
}
