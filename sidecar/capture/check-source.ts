import { type Connection, selectRows } from '../database/connect-mysql.js';
import { CaptureStopped } from './capture-error.js';

/** What the pre-flight asks of a database server; names as in `SHOW GLOBAL VARIABLES`. */
export interface SourceSettings {
  mariadb: boolean;
  variables: ReadonlyMap<string, string>;
  grants: readonly string[];
}

export interface CheckedSource {
  mariadb: boolean;
  /** What is tolerable, but not safe. */
  warnings: string[];
}

interface Setting {
  name: string;
  wanted: readonly string[];
  onlyOn?: 'mysql' | 'mariadb';
  mend: string;
}

const restart = 'and restart it';
const settings: readonly Setting[] = [
  { name: 'log_bin', wanted: ['ON'], mend: `start the server with --log-bin` },
  {
    name: 'binlog_format',
    wanted: ['ROW'],
    mend: `set binlog_format=ROW in the server's configuration ${restart}`,
  },
  {
    name: 'binlog_row_image',
    wanted: ['FULL'],
    mend: 'SET GLOBAL binlog_row_image=FULL, and keep it in the configuration',
  },
  {
    name: 'binlog_row_metadata',
    wanted: ['FULL'],
    mend: 'SET GLOBAL binlog_row_metadata=FULL, and keep it in the configuration',
  },
  {
    name: 'gtid_mode',
    wanted: ['ON'],
    onlyOn: 'mysql',
    mend: 'set gtid_mode=ON and enforce_gtid_consistency=ON',
  },
  {
    name: 'binlog_order_commits',
    wanted: ['ON'],
    onlyOn: 'mysql',
    mend: 'SET GLOBAL binlog_order_commits=ON',
  },
  {
    name: 'binlog_transaction_compression',
    wanted: ['OFF'],
    onlyOn: 'mysql',
    mend: 'SET GLOBAL binlog_transaction_compression=OFF',
  },
  {
    name: 'binlog_row_value_options',
    wanted: [''],
    onlyOn: 'mysql',
    mend: "SET GLOBAL binlog_row_value_options=''",
  },
];

/** Settings that may be absent from the server, and then are as they should be. */
const optional = new Set([
  'binlog_order_commits',
  'binlog_transaction_compression',
  'binlog_row_value_options',
]);

/** @returns what keeps changes from being captured, each with what to set; empty when all is well */
export function judgeSource({ mariadb, variables, grants }: SourceSettings): string[] {
  const problems = settings
    .filter(({ onlyOn }) => onlyOn === undefined || (onlyOn === 'mariadb') === mariadb)
    .filter(
      ({ name, wanted }) =>
        !wanted.includes(variables.get(name) ?? (optional.has(name) ? (wanted[0] ?? '') : '?')),
    )
    .map(
      ({ name, wanted, mend }) =>
        `${name} is ${variables.get(name) ?? 'unknown'}, not ${wanted.join(' or ')}: ${mend}`,
    );
  if (variables.get('wsrep_on') === 'ON') {
    problems.push(
      'wsrep_on is ON: a Galera cluster is not supported, since its row locks end at the node: use a single primary',
    );
  }
  if (!mayReadLog(grants)) {
    problems.push(
      'the account may not read the log: GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO this account',
    );
  }
  return problems;
}

/** @returns settings under which a crash can take back what has been replicated already */
export function judgeDurability(variables: ReadonlyMap<string, string>): string[] {
  const wanted = [
    ['sync_binlog', '1'],
    ['innodb_flush_log_at_trx_commit', '1'],
  ] as const;
  return wanted
    .filter(([name, value]) => variables.get(name) !== value)
    .map(([name, value]) => `${name} is ${variables.get(name) ?? 'unknown'}: SET GLOBAL ${name}=${value}`);
}

/** A role may hold the privilege without being spelled out: then the server decides when the log is opened. */
function mayReadLog(grants: readonly string[]): boolean {
  const everywhere = grants.filter((grant) => / ON \*\.\* /.test(grant)).join();
  const roles = grants.some((grant) => !/ ON /.test(grant));
  return roles || /ALL PRIVILEGES|REPLICATION SLAVE(?! ADMIN)/.test(everywhere);
}

/** @throws CaptureStopped `source_settings`, listing everything that has to be set */
export async function checkSource(connection: Connection): Promise<CheckedSource> {
  const [version] = await selectRows<{ version: string }>(connection, 'SELECT VERSION() AS version');
  const variables = await selectRows<Record<string, string>>(
    connection,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${[
      ...settings.map(({ name }) => name),
      'wsrep_on',
      'sync_binlog',
      'innodb_flush_log_at_trx_commit',
    ]
      .map((name) => `'${name}'`)
      .join()})`,
  );
  const grants = await selectRows<Record<string, string>>(connection, 'SHOW GRANTS');
  const found: SourceSettings = {
    mariadb: /mariadb/i.test(version?.version ?? ''),
    variables: new Map(variables.map((row) => [row['Variable_name'] ?? '', row['Value'] ?? ''])),
    grants: grants.map((row) => Object.values(row)[0] ?? ''),
  };
  const problems = judgeSource(found);
  if (problems.length > 0) {
    throw new CaptureStopped(
      'source_settings',
      `the database's log can't be captured:\n  ${problems.join('\n  ')}`,
    );
  }
  return { mariadb: found.mariadb, warnings: judgeDurability(found.variables) };
}

/**
 * What in this server's settings could lose a commit in a crash of its machine; empty where nothing can. It is asked
 * several times a second: `SHOW GLOBAL VARIABLES` would go through all of them each time.
 */
export async function readDurability(connection: Connection): Promise<string[]> {
  const [row] = await selectRows<Record<string, unknown>>(
    connection,
    'SELECT @@GLOBAL.sync_binlog AS sync_binlog, @@GLOBAL.innodb_flush_log_at_trx_commit AS innodb_flush_log_at_trx_commit',
  );
  return judgeDurability(new Map(Object.entries(row ?? {}).map(([name, value]) => [name, String(value)])));
}

/** Everything that has been committed on this server, in the form that the log's readers take. */
export async function currentGtid(connection: Connection, mariadb: boolean): Promise<string> {
  const variable = mariadb ? '@@GLOBAL.gtid_binlog_pos' : '@@GLOBAL.gtid_executed';
  const [row] = await selectRows<{ gtid: string }>(connection, `SELECT ${variable} AS gtid`);
  return (row?.gtid ?? '').replaceAll(/\s/g, '');
}
