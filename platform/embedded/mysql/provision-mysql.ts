import { type Connection, createConnection } from 'mysql2/promise';
import { endBlockerProcedure } from '#platform/database/end-blocker.js';

/** A database account for one process. */
export interface MysqlAccount {
  user: string;
  password: string;
  /** The one schema that it may use, created when missing. */
  schema: string;
  /** Belongs to a sidecar: may read the binary log and, on a server of our own, see what holds a hand-over of its schema up, and end that. */
  capturesChanges: boolean;
}

export interface MysqlAccess {
  /** An account that may create schemas and accounts. */
  adminUrl: string;
  /** Host part of the created accounts: where our processes come from. */
  accountHost: string;
  /** On a server of our own a password that differs is set again; on somebody else's that is refused. */
  ownServer: boolean;
}

/**
 * Creates schemas and accounts and grants their rights; running it again changes nothing.
 * @throws with what to do when the administrator lacks a right or an account exists with another password
 */
export async function provisionMysql(access: MysqlAccess, accounts: readonly MysqlAccount[]): Promise<void> {
  const connection = await createConnection(access.adminUrl);
  try {
    // Accounts are this server's own business: a replica, or a reader of its changes, needs none of it.
    if (access.ownServer) await connection.query('SET SESSION sql_log_bin = 0');
    for (const account of accounts) await provision(connection, access, account);
  } finally {
    await connection.end();
  }
  if (!access.ownServer) for (const account of accounts) await checkPassword(access.adminUrl, account);
}

async function provision(connection: Connection, access: MysqlAccess, account: MysqlAccount): Promise<void> {
  const user = `${connection.escape(account.user)}@${connection.escape(access.accountHost)}`;
  const password = connection.escape(account.password);
  const schema = connection.escapeId(account.schema);
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${schema} CHARACTER SET utf8mb4`);
  await connection.query(`CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY ${password}`);
  if (access.ownServer) await connection.query(`ALTER USER ${user} IDENTIFIED BY ${password}`);
  await connection.query(`GRANT ALL PRIVILEGES ON ${schema}.* TO ${user}`);
  if (!account.capturesChanges) return;
  await connection.query(`GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO ${user}`);
  // On somebody else's server they do without: a hand-over that is held up then says which right it lacks.
  if (access.ownServer) await allowEndingBlockers(connection, user, account.schema);
}

/** The right to name transactions that hold a hand-over up, and a procedure that ends them, and no others. */
async function allowEndingBlockers(connection: Connection, user: string, schema: string): Promise<void> {
  const [rows] = await connection.query('SELECT VERSION() AS version');
  const mariadb = /mariadb/i.test((rows as { version: string }[])[0]?.version ?? '');
  await connection.query(`GRANT PROCESS ON *.* TO ${user}`);
  if (!mariadb) await connection.query(`GRANT SELECT ON performance_schema.* TO ${user}`);
  // Older versions granted it: with it, an account ends whatever connection it likes.
  await connection.query(`REVOKE ${mariadb ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN'} ON *.* FROM ${user}`);
  for (const statement of endBlockerProcedure(schema, mariadb ? 'mariadb' : 'mysql'))
    await connection.query(statement);
}

async function checkPassword(adminUrl: string, { user, password, schema }: MysqlAccount): Promise<void> {
  try {
    const connection = await createConnection(mysqlUrl(adminUrl, { user, password, schema }));
    await connection.end();
  } catch (cause) {
    throw new Error(
      `The account ${user} on your MySQL server can't log in with the password kept in secrets.json: ` +
        `was it made by another data folder? Drop it ("DROP USER ${user}") and start again.`,
      { cause },
    );
  }
}

/** The address by which an account reaches its schema; it holds the password. */
export function mysqlUrl(
  server: string,
  account: Pick<MysqlAccount, 'user' | 'password' | 'schema'>,
): string {
  const url = new URL(server);
  url.username = account.user;
  url.password = account.password;
  url.pathname = `/${account.schema}`;
  return url.href;
}
