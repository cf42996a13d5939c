import { constants, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOnce } from '#platform/supervision/run-once.js';

export interface UnleashDatabaseRequest {
  /** Where the database shall be. */
  folder: string;
  /** Socket by which it is reached while it is made. */
  socket: string;
  /** File for the output of making it. */
  log: string;
}

/**
 * Makes Unleash's database with all its tables and no rows of a system, once, for a new data folder. That is a third of the
 * work of a first start, and the same each time; so a copy is kept beside the installed packages, for the next data folder.
 * Made beside and renamed: a start that was interrupted leaves no half database.
 * @param signal ends it at once
 * @returns what was done, or undefined when the database was there already
 * @throws with the last lines of the log when it can't be made
 */
export async function prepareUnleashDatabase(
  { folder, socket, log }: UnleashDatabaseRequest,
  signal: AbortSignal,
  kept = keptCopy(),
): Promise<string | undefined> {
  if (isDatabase(folder)) return undefined;
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const isCopied = isDatabase(kept) && copy(kept, unfinished);
  if (!isCopied) {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true, mode: 0o700 });
    const args = [fileURLToPath(new URL('migrate/main.js', import.meta.url)), unfinished, socket];
    const env = { NODE_ENV: 'production', TZ: 'UTC', LOG_LEVEL: 'warn' };
    await runOnce({ name: 'unleash-files', command: process.execPath, args, env }, log, signal);
    keep(unfinished, kept);
  }
  // Empty where an earlier start ended before it made the database.
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  return isCopied ? `copied from ${kept}` : `created ${folder}`;
}

/** PostgreSQL writes this file into every folder that holds a database. */
function isDatabase(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'));
}

/** Other versions make other tables, or other files. */
function keptCopy(): string {
  const versions = ['unleash-server', '@electric-sql/pglite'].map(versionOf);
  return join(packagesFolder(), '.cache/strangler', `unleash-database-${versions.join('-')}`);
}

function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(join(packagesFolder(), name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** The folder `node_modules` that holds Unleash. */
function packagesFolder(): string {
  const entry = fileURLToPath(import.meta.resolve('unleash-server'));
  return entry.slice(0, entry.lastIndexOf('/unleash-server/'));
}

/** Keeps a copy where that is possible: the next data folder is the gain, and this one has its database anyway. */
export function keep(folder: string, kept: string): void {
  const aside = `${kept}.${process.pid}`;
  try {
    mkdirSync(dirname(kept), { recursive: true });
    if (copy(folder, aside)) renameSync(aside, kept);
    else removeIfPossible(aside);
  } catch {
    // Another start has kept its own meanwhile, or the folder is another user's.
    removeIfPossible(aside);
  }
}

function removeIfPossible(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It was never there.
  }
}

/** @returns false when it can't be copied, e.g. because another user may not read it, or the disk is full */
function copy(from: string, to: string): boolean {
  try {
    cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return true;
  } catch {
    return false;
  }
}
