/** Servers that name their lists of locks differently. */
export type DatabaseServer = 'mariadb' | 'mysql';

/** @param version as `SELECT VERSION()` says it */
export function serverOf(version: string): DatabaseServer {
  return /mariadb/i.test(version) ? 'mariadb' : 'mysql';
}

/** Waits of rows' locks, by the names that both MySQL and MariaDB have for them. */
export const lockWaits = {
  mariadb: {
    table: 'information_schema.innodb_lock_waits',
    waiting: 'requesting_trx_id',
    blocking: 'blocking_trx_id',
  },
  mysql: {
    table: 'performance_schema.data_lock_waits',
    waiting: 'requesting_engine_transaction_id',
    blocking: 'blocking_engine_transaction_id',
  },
} as const;

/** Ends a connection that holds up another one: `CALL strangler_end_blocker(waiting, blocking)`, with the ids of both. */
export const endBlockerName = 'strangler_end_blocker';

/**
 * The statements by which an administrator creates that procedure in a schema. It has the administrator's rights, so that its
 * caller needs none, and ends a connection only while that holds up a connection of its caller; its caller can wait for
 * nothing but locks of its own schema. MariaDB gives a transaction with shared locks alone the number 0: then it must have locked
 * rows, in this schema, since before the wait began.
 */
export function endBlockerProcedure(schema: string, server: DatabaseServer): string[] {
  const name = `\`${schema.replaceAll('`', '``')}\`.${endBlockerName}`;
  const { table, waiting, blocking } = lockWaits[server];
  return [
    `DROP PROCEDURE IF EXISTS ${name}`,
    `CREATE PROCEDURE ${name} (IN waiting_id BIGINT UNSIGNED, IN blocking_id BIGINT UNSIGNED)
     SQL SECURITY DEFINER
     BEGIN
       IF NOT EXISTS (
         SELECT 1 FROM information_schema.innodb_trx r
         JOIN information_schema.processlist caller
           ON caller.id = r.trx_mysql_thread_id AND caller.user = SUBSTRING_INDEX(USER(), '@', 1)
         JOIN ${table} w ON w.${waiting} = r.trx_id
         JOIN information_schema.innodb_trx b ON b.trx_id = w.${blocking}
         LEFT JOIN information_schema.processlist p ON p.id = b.trx_mysql_thread_id
         WHERE r.trx_mysql_thread_id = waiting_id AND b.trx_mysql_thread_id = blocking_id
           AND (b.trx_id <> 0
             OR (b.trx_rows_locked > 0 AND b.trx_started <= r.trx_wait_started AND p.db = '${schema.replaceAll("'", "''")}'))
       ) THEN
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'that connection holds up none of this account here';
       END IF;
       KILL blocking_id;
     END`,
  ];
}
