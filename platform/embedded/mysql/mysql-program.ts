import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../find-program.js';

const run = promisify(execFile);

/** A database server that is installed on this machine. */
export type MysqlProgram =
  { path: string; flavour: 'mysql' } | { path: string; flavour: 'mariadb'; installer: string };

/**
 * The installed MariaDB or MySQL server, or undefined.
 * @param searched folders, as in the environment variable `PATH`
 */
export async function findMysql(searched: string): Promise<MysqlProgram | undefined> {
  const path = findProgram(['mariadbd', 'mysqld'], searched);
  if (path === undefined) return undefined;
  // Debian's `mysqld` is a link to MariaDB, so only the program itself can tell.
  const { stdout } = await run(path, ['--no-defaults', '--version']);
  if (!/mariadb/i.test(stdout)) return { path, flavour: 'mysql' };
  // MariaDB's server can't create its own tables: a script beside it does.
  const installer = findProgram(['mariadb-install-db', 'mysql_install_db'], searched);
  return installer === undefined ? undefined : { path, flavour: 'mariadb', installer };
}
