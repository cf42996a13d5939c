import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import type { MysqlProgram } from './mysql-program.js';

const run = promisify(execFile);

/**
 * Creates the server's own tables, once. Made beside and renamed, so that an interrupted first start leaves no half database.
 * @param folder the server's data folder
 * @returns false when they were there already
 */
export async function initialiseMysql(program: MysqlProgram, folder: string): Promise<boolean> {
  if (existsSync(folder)) return false;
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const [command, ...args] =
    program.flavour === 'mariadb' ? mariadb(program.installer, unfinished) : mysql(program.path, unfinished);
  await run(command, args);
  renameSync(unfinished, folder);
  return true;
}

function mariadb(installer: string, folder: string): [string, ...string[]] {
  // root may log in by the operating system's word only; there are no anonymous users and no test schema.
  return [
    installer,
    '--no-defaults',
    `--datadir=${folder}`,
    '--auth-root-authentication-method=socket',
    '--skip-test-db',
    '--skip-name-resolve',
    ...asRoot(),
  ];
}

function mysql(program: string, folder: string): [string, ...string[]] {
  return [program, '--no-defaults', '--initialize-insecure', `--datadir=${folder}`, ...asRoot()];
}

/** The servers refuse to run as root unless told to. */
export function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}
