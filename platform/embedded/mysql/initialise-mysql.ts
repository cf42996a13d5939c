import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MysqlProgram } from './mysql-program.js';

const run = promisify(execFile);

/**
 * Creates the server's own tables, once, and its folder for temporary ones. Made beside and renamed, so that an interrupted first start leaves no half database.
 * @param folder the server's data folder
 * @returns false when they were there already
 */
export async function initialiseMysql(program: MysqlProgram, folder: string): Promise<boolean> {
  mkdirSync(temporaryFiles(folder), { recursive: true, mode: 0o700 });
  if (existsSync(folder)) {
    removeTraces(folder);
    return false;
  }
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const [command, ...args] =
    program.flavour === 'mariadb' ? mariadb(program.installer, unfinished) : mysql(program.path, unfinished);
  await run(command, [...args, `--tmpdir=${temporaryFiles(folder)}`]);
  renameSync(unfinished, folder);
  return true;
}

/**
 * Removes what names a server as running here. In a copy of a running folder, MySQL's own lock names the original's server, which
 * is alive: it would refuse to start. No server of this folder can run, since its supervisor starts one only now.
 */
function removeTraces(folder: string): void {
  for (const name of ['mysql.pid', 'mysql.sock', 'mysql.sock.lock'])
    rmSync(join(folder, name), { force: true });
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

/**
 * Where the server keeps temporary tables, beside its data: in a folder that servers share, each removes at its start what it
 * takes for its own leftovers, and another one loses its tables.
 * @param folder the server's data folder
 */
export function temporaryFiles(folder: string): string {
  return `${folder}-tmp`;
}

/** The servers refuse to run as root unless told to. */
export function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}
