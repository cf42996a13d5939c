import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { folderIdentity, identifyFolder, isFolder } from './folder-identity.js';
import { holdFile, type Holder, isAlive } from './held-file.js';
import { readProcessRecords } from './process-records.js';

/**
 * Makes this process the only supervisor of a data folder. A lock that was copied along with another folder does not count.
 * @returns gives the folder back
 * @throws when another supervisor that is alive runs in the folder, or when its list of processes is damaged
 */
export function lockDataFolder(dataDir: string): () => void {
  const facts = { folder: identifyFolder(dataDir) };
  const lock = holdFile(
    join(dataDir, 'supervisor.lock'),
    facts,
    (found) => isAlive(found) && isOf(found, dataDir),
  );
  if ('heldBy' in lock) throw runningAlready(lock.heldBy, dataDir);
  try {
    refuseWithoutLock(dataDir);
  } catch (error) {
    lock.release();
    throw error;
  }
  return lock.release;
}

/** The lock may have been removed by hand, or damaged: the list of processes names the supervisor too. */
function refuseWithoutLock(dataDir: string): void {
  const found = readProcessRecords(dataDir);
  const isRunning = found?.processes.some(({ state }) => state !== 'stopped') ?? false;
  if (found !== undefined && isRunning && isAlive(found.supervisor))
    throw runningAlready(found.supervisor, dataDir);
}

/** A lock that names no folder counts: to refuse does no harm. */
function isOf(found: Holder, dataDir: string): boolean {
  const folder = folderOf(found);
  return folder === undefined || isFolder(folder, dataDir);
}

function folderOf(found: Holder) {
  return folderIdentity.safeParse(found['folder']).data;
}

function runningAlready(holder: Holder, dataDir: string): Error {
  const started = folderOf(holder)?.path;
  const otherPath =
    started === undefined || started === realpathSync(dataDir) ? '' : `, started as ${started}`;
  return new Error(
    `A system is already running in ${dataDir} (pid ${holder.pid}${otherPath}). ` +
      `End it with Ctrl-C or "kill ${holder.pid}", or start a second one with --data-dir ANOTHER_FOLDER.`,
  );
}
