import { createConnection, type RowDataPacket } from 'mysql2/promise';

/** What change capture needs of a server, and how it is set. */
const needed: Record<string, { value: string; set: string }> = {
  log_bin: { value: 'ON', set: 'log_bin=binlog and server_id=1 (needs a restart)' },
  binlog_format: { value: 'ROW', set: 'binlog_format=ROW' },
  binlog_row_image: { value: 'FULL', set: 'binlog_row_image=FULL' },
  binlog_row_metadata: { value: 'FULL', set: 'binlog_row_metadata=FULL' },
  gtid_mode: { value: 'ON', set: 'gtid_mode=ON and enforce_gtid_consistency=ON' },
  wsrep_on: { value: 'OFF', set: 'a server outside the Galera cluster: its row locks are local to one node' },
};

/**
 * Checks that changes can be captured from a server that somebody else runs.
 * @throws with every setting that is wrong and how to set it, or when it can't be reached
 */
export async function checkMysqlSettings(adminUrl: string): Promise<void> {
  const connection = await createConnection(adminUrl);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)',
      [Object.keys(needed)],
    );
    const problems = wrongSettings(
      Object.fromEntries(rows.map((row) => [String(row['Variable_name']), String(row['Value'])])),
    );
    if (problems.length > 0) {
      throw new Error(
        `Your MySQL server (MYSQL_URL) can't be used yet:\n${problems.map((one) => `  ${one}`).join('\n')}`,
      );
    }
  } finally {
    await connection.end();
  }
}

/** A variable that a server doesn't know, such as `gtid_mode` on MariaDB, needs no setting there. */
export function wrongSettings(actual: Readonly<Record<string, string>>): string[] {
  return Object.entries(needed).flatMap(([name, { value, set }]) => {
    const found = actual[name];
    return found === undefined || found.toUpperCase() === value ? [] : [`${name} is ${found}; set ${set}`];
  });
}
