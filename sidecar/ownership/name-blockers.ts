import type { Blocker } from '#contracts/strangler/ownership.js';
import { endBlockerName, lockWaits, serverOf } from '#platform/database/end-blocker.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { type Connection, connectMysql, selectRows } from '../database/connect-mysql.js';

/** Looks at who holds up one connection of the database. */
export interface BlockerWatch {
  /** All that were seen, in the order of their appearance. */
  seen(): Blocker[];
  /** Which right is missing, if one is. */
  advice(): string | undefined;
  /** Ends the watched connection itself: what it has not committed is taken back. */
  end(): Promise<void>;
  stop(): void;
}

/** Most releases wait for nothing that lasts longer than this, in milliseconds. */
const firstLook = 100;
/**
 * The server shows the same old picture of its locks until nobody has looked at it for 100 ms: several who look in step
 * would keep it from ever being drawn anew. So the waits differ.
 */
const lookEvery = (): number => 200 + Math.random() * 150;
const longestStatement = 500;

const noPrivilege = new Set([1044, 1142, 1143, 1227]);
const notAllowedToKill = new Set([1095, 1227]);
/** It is not there, or may not be called. */
const noProcedure = new Set([1305, 1370]);

/**
 * @param watched the database's id of the connection that may have to wait
 * @param killAt when to begin to end those who hold it up, in milliseconds since 1970; undefined for never
 * @param onTrouble told of what keeps it from looking, other than a missing right
 */
export function watchBlockers(
  url: string,
  watched: number,
  killAt: number | undefined,
  onTrouble: (error: unknown) => void,
): BlockerWatch {
  const blockers = new Map<number, Blocker>();
  const advice = new Set<string>();
  let connecting: Promise<Connection> | undefined;
  let stopped = false;
  let timer = setTimeout(guarded('a look for blockers', look), firstLook);

  function connected(): Promise<Connection> {
    return (connecting ??= connectMysql(url));
  }

  function look(): void {
    lookOnce()
      .catch((error: unknown) => {
        // A look that comes too late has lost its connection.
        if (!stopped) onTrouble(error);
      })
      .finally(() => {
        if (!stopped) timer = setTimeout(guarded('a look for blockers', look), lookEvery());
      });
  }

  async function lookOnce(): Promise<void> {
    const connection = await connected();
    const found = await findBlockers(connection);
    const isCertain = found.filter(({ guessed }) => guessed).length < 2;
    for (const { guessed, ...blocker } of found) {
      const known = blockers.get(blocker.connection);
      const now = { ...blocker, killed: known?.killed ?? false };
      blockers.set(blocker.connection, now);
      const mayKill = killAt !== undefined && Date.now() >= killAt && (isCertain || !guessed);
      if (mayKill && !now.killed && !stopped) now.killed = await endBlocker(connection, blocker.connection);
    }
  }

  async function findBlockers(connection: Connection): Promise<Found[]> {
    try {
      return await selectBlockers(connection, watched);
    } catch (error) {
      if (!noPrivilege.has((error as { errno?: number }).errno ?? 0)) throw error;
      advice.add(
        "this account may not see others' transactions: GRANT PROCESS ON *.* (on MySQL also SELECT ON performance_schema.*) to it",
      );
      return [];
    }
  }

  /** By the procedure that ends this schema's blockers alone; without it, by a right to end any connection, if there is one. */
  async function endBlocker(connection: Connection, id: number): Promise<boolean> {
    try {
      await connection.query(`CALL ${endBlockerName}(?, ?)`, [watched, id]);
      return true;
    } catch (error) {
      if (!noProcedure.has((error as { errno?: number }).errno ?? 0)) return false;
    }
    return kill(connection, id);
  }

  async function kill(connection: Connection, id: number): Promise<boolean> {
    try {
      await connection.query('KILL ?', [id]);
      return true;
    } catch (error) {
      const { errno = 0 } = error as { errno?: number };
      if (!notAllowedToKill.has(errno)) return false;
      advice.add(
        `this account may not end others' transactions: let an administrator create the procedure ${endBlockerName} (docs/security-tokens.md), or, on a server without other systems, GRANT CONNECTION ADMIN (MySQL: CONNECTION_ADMIN) ON *.* to it`,
      );
      return false;
    }
  }

  return {
    seen: () => [...blockers.values()],
    advice: () => (advice.size > 0 ? [...advice].join('; ') : undefined),
    async end() {
      await kill(await connected(), watched);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      connecting?.then((connection) => connection.destroy()).catch(() => undefined);
    },
  };
}

/** One who holds it up, for certain or by all that can be known. */
interface Found extends Omit<Blocker, 'killed'> {
  guessed: boolean;
}

/**
 * MariaDB gives a transaction that has only shared locks the number 0: who passed the guard and has not written yet. It is
 * one of those that have locked rows, in this schema, since before the wait began.
 */
async function selectBlockers(connection: Connection, watched: number): Promise<Found[]> {
  const [server] = await selectRows<{ version: string }>(connection, 'SELECT VERSION() AS version');
  const { table, waiting, blocking } = lockWaits[serverOf(server?.version ?? '')];
  const rows = await selectRows<Omit<Found, 'guessed'> & { who: string | null; number: number }>(
    connection,
    `SELECT DISTINCT b.trx_mysql_thread_id AS connection, CONCAT(p.user, '@', p.host) AS who, b.trx_id AS number,
       TIMESTAMPDIFF(SECOND, CONVERT_TZ(b.trx_started, 'SYSTEM', '+00:00'), UTC_TIMESTAMP()) AS seconds,
       b.trx_query AS statement
     FROM information_schema.innodb_trx r JOIN ${table} w ON w.${waiting} = r.trx_id
     JOIN information_schema.innodb_trx b ON b.trx_id = w.${blocking}
     LEFT JOIN information_schema.processlist p ON p.id = b.trx_mysql_thread_id
     WHERE r.trx_mysql_thread_id = ? AND (b.trx_id <> 0
       OR (b.trx_rows_locked > 0 AND b.trx_started <= r.trx_wait_started AND p.db = DATABASE()))`,
    [watched],
  );
  return rows.map(({ connection: id, who, seconds, statement, number }) => ({
    connection: id,
    who: who ?? 'somebody',
    seconds: Number(seconds),
    statement: statement?.slice(0, longestStatement) ?? null,
    guessed: Number(number) === 0,
  }));
}
