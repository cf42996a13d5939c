import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSameProcess, processIdentity } from './process-identity.js';

interface Holder {
  pid: number;
  identity: string;
}

/**
 * Makes this process the only supervisor of a data folder.
 * @returns gives the folder back
 * @throws when another supervisor that is alive holds it
 */
export function lockDataFolder(dataDir: string): () => void {
  const lock = join(dataDir, 'supervisor.lock');
  const own = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  while (!createWith(lock, own)) {
    const found = readLock(lock);
    if (found === undefined) continue;
    const holder = JSON.parse(found) as Holder;
    if (isSameProcess(holder.pid, holder.identity)) throw heldBy(holder, dataDir);
    removeStale(lock, found);
  }
  return () => rmSync(lock, { force: true });
}

function heldBy(holder: Holder, dataDir: string): Error {
  return new Error(
    `A system is already running in ${dataDir} (pid ${holder.pid}). ` +
      `End it with Ctrl-C or "kill ${holder.pid}", or start a second one with --data-dir ANOTHER_FOLDER.`,
  );
}

/** A link appears with its whole content or not at all, unlike a file that is created and then written. */
function createWith(lock: string, content: string): boolean {
  const aside = `${lock}.${process.pid}`;
  writeFileSync(aside, content);
  try {
    linkSync(aside, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(aside);
  }
}

function readLock(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Renamed first, and put back if it was not the one found stale: another start may have been quicker. */
function removeStale(lock: string, stale: string): void {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, lock);
  rmSync(aside);
}
