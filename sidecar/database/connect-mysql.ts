import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';

export type { Connection } from 'mysql2/promise';

/**
 * Options under which a query and the log give a value in the same, exact form (see `Value`).
 * @param url `mysql://user:password@host:port/schema`
 */
export function exactOptions(url: string): ConnectionOptions & { database: string } {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    jsonStrings: true,
    connectTimeout: 3_000,
    enableKeepAlive: true,
  };
}

/** A value that does not fit is refused, never changed. */
export const strictMode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

/** How long the server keeps an abandoned connection, with its locks, in seconds. */
const abandonedAfter = 30;

/**
 * Opens one connection for the sidecar's own work.
 * @throws when the database does not answer or refuses
 */
export async function connectMysql(url: string): Promise<Connection> {
  const connection = await createConnection(exactOptions(url));
  // Whoever has a query running hears of a lost connection there; without a listener it would end the process.
  connection.on('error', () => undefined);
  try {
    await connection.query(
      `SET SESSION time_zone = '+00:00', wait_timeout = ${abandonedAfter}, foreign_key_checks = 0,
         sql_mode = '${strictMode}'`,
    );
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** A query's rows, typed by the caller. */
export async function selectRows<Result>(
  connection: Connection,
  sql: string,
  values: unknown[] = [],
): Promise<Result[]> {
  const [rows] = await connection.query(sql, values);
  return rows as Result[];
}

/** A name in back-ticks. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
