import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { ManagedProcess, OneOffStep } from '#platform/supervision/managed-process.js';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';
import { asRoot, initialiseMysql, temporaryFiles } from './initialise-mysql.js';
import type { MysqlProgram } from './mysql-program.js';

export interface MysqlServerOptions {
  program: MysqlProgram;
  dataDir: string;
  port: number;
  adminPassword: string;
  /** `fast` may lose the last moments in a power cut; for throw-away data of tests. */
  durability: 'full' | 'fast';
  dependsOn: readonly string[];
}

/** The account by which schemas and other accounts are made. */
const adminUser = 'strangler_admin';

/** The administrator's address; it holds the password. */
export function mysqlAdminUrl(port: number, password: string): string {
  return `mysql://${adminUser}:${password}@127.0.0.1:${port}/`;
}

/**
 * The database server on loopback, with its binary log as change capture needs it; before its first start, a step that
 * creates its data folder.
 */
export function mysqlServer(options: MysqlServerOptions): [OneOffStep, ManagedProcess] {
  const { program, dataDir, port, adminPassword } = options;
  const folder = join(dataDir, 'mysql');
  const initFile = join(dataDir, 'mysql-init.sql');
  const files: OneOffStep = {
    name: 'mysql-files',
    dependsOn: options.dependsOn,
    run: async () => {
      writeFileAtomically(initFile, initStatements(program, adminPassword), 0o600);
      return (await initialiseMysql(program, folder)) ? `created ${folder}` : undefined;
    },
  };
  const server: ManagedProcess = {
    name: 'mysql',
    command: program.path,
    args: [...settings(options, folder), `--init-file=${initFile}`],
    env: {},
    port,
    url: `mysql://127.0.0.1:${port}`,
    dependsOn: [...options.dependsOn, files.name],
    ready: () => canLogIn(mysqlAdminUrl(port, adminPassword)),
    stopWithin: 300_000,
  };
  return [files, server];
}

function settings({ program, port, durability }: MysqlServerOptions, folder: string): string[] {
  return [
    // It must stand first. What the machine's own server is set to is none of ours.
    '--no-defaults',
    ...asRoot(),
    `--datadir=${folder}`,
    `--tmpdir=${temporaryFiles(folder)}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    // Relative to the data folder: a path from the root may be longer than the 107 bytes that a socket's name can have.
    '--socket=mysql.sock',
    '--pid-file=mysql.pid',
    '--max-connections=500',
    // Seconds to log in. A program that a busy machine keeps from running for longer than the usual 10 would be cut off, and
    // on loopback nobody has to be kept from holding connections open.
    '--connect-timeout=300',
    '--character-set-server=utf8mb4',
    '--default-time-zone=+00:00',
    '--server-id=1',
    '--log-bin=binlog',
    '--binlog-format=ROW',
    '--binlog-row-image=FULL',
    '--binlog-row-metadata=FULL',
    `--binlog-expire-logs-seconds=${7 * 24 * 3600}`,
    ...(durability === 'full'
      ? ['--sync-binlog=1', '--innodb-flush-log-at-trx-commit=1']
      : ['--sync-binlog=0', '--innodb-flush-log-at-trx-commit=0']),
    // MariaDB always writes GTIDs.
    ...(program.flavour === 'mysql'
      ? ['--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--mysqlx=OFF']
      : []),
  ];
}

/** Runs at every start, before anybody can connect. Not logged: no replica needs these accounts. */
function initStatements({ flavour }: MysqlProgram, password: string): string {
  const admin = `'${adminUser}'@'127.0.0.1'`;
  return [
    'SET SESSION sql_log_bin = 0;',
    `CREATE USER IF NOT EXISTS ${admin} IDENTIFIED BY '${password}';`,
    `ALTER USER ${admin} IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO ${admin} WITH GRANT OPTION;`,
    // MariaDB's root has no password to log in by; MySQL's would be empty.
    ...(flavour === 'mysql' ? [`ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`] : []),
    '',
  ].join('\n');
}

async function canLogIn(url: string): Promise<void> {
  const connection = await createConnection({ uri: url, connectTimeout: 2_000 });
  try {
    await connection.query('SELECT 1');
  } finally {
    connection.destroy();
  }
}
