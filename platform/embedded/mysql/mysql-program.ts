import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../find-program.js';

const run = promisify(execFile);

/** A database server that is installed on this machine. */
export interface MysqlProgram {
  path: string;
  flavour: 'mariadb' | 'mysql';
}

/** The installed MariaDB or MySQL server, or undefined. */
export async function findMysql(): Promise<MysqlProgram | undefined> {
  const path = findProgram(['mariadbd', 'mysqld']);
  if (path === undefined) return undefined;
  // Debian's `mysqld` is a link to MariaDB, so only the program itself can tell.
  const { stdout } = await run(path, ['--no-defaults', '--version']);
  return { path, flavour: /mariadb/i.test(stdout) ? 'mariadb' : 'mysql' };
}
